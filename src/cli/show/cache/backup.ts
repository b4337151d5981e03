/** What a backup came to, in lines. */
import type { BackupReport } from '../../../store/upkeep/backup.ts';
import { formatBytes, plural } from '../../../ui/text/format.ts';

export function backupLines({
  directory,
  runs,
  states,
  copied,
  kept,
  downloads,
  missing,
  damaged,
}: BackupReport): readonly string[] {
  const sized = ({ objects, bytes }: BackupReport['copied']): string =>
    `${plural(objects, 'object')} (${formatBytes(bytes)})`;
  const files = downloads === 0 ? '' : ` and ${plural(downloads, 'remote file')}`;
  return [
    `${directory} has ${plural(runs, 'run')} and ${plural(states, 'state')}; ${sized(copied)}${files} copied, ${sized(kept)} already there`,
    ...(missing === 0
      ? []
      : [`${plural(missing, 'object')} on record ${missing === 1 ? 'is' : 'are'} no longer in the cache`]),
    ...(damaged.length === 0
      ? []
      : [
          `${plural(damaged.length, 'object')} of the cache ${damaged.length === 1 ? 'is' : 'are'} damaged and left out; "restage fsck --repair" puts ${damaged.length === 1 ? 'it' : 'them'} aside`,
        ]),
  ];
}
