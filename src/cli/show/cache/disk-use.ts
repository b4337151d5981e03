/** What `restage du` says: the files of a cache by kind, and bytes by pipeline and stage. */
import type { DiskUse } from '../../../store/upkeep/disk-use.ts';
import type { FilesUse } from '../../../store/upkeep/files-use.ts';
import { formatBytes, formatSeconds, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

export function diskUseLines(use: DiskUse, screen: Screen): readonly string[] {
  const line = (title: string, bytes: number, more = ''): string =>
    `  ${title.padEnd(10)} ${formatBytes(bytes)}${more}`;
  const files = (title: string, { files: count, bytes }: FilesUse): string =>
    line(title, bytes, ` in ${plural(count, 'file')}`);
  const { code, unrecorded, evictable, unfinished, stages } = use;
  return [
    `${formatBytes(use.bytes)} in all`,
    line('database', use.databaseBytes),
    files('objects', use.objects),
    ...(code.files === 0 ? [] : [`    ${formatBytes(code.bytes)} of them hold code of stages`]),
    ...(unrecorded.files === 0
      ? []
      : [`    ${formatBytes(unrecorded.bytes)} of them, in ${plural(unrecorded.files, 'file')}, are not on record`]),
    ...(evictable.files === 0
      ? []
      : [
          `    ${formatBytes(evictable.bytes)} of them, in ${plural(evictable.files, 'file')}, "restage gc" would evict`,
        ]),
    files('downloads', use.downloads),
    ...(unfinished.files === 0 ? [] : [files('unfinished', unfinished)]),
    ...(stages.length === 0 ? [] : ['', ...stageLines(use, screen)]),
  ];
}

function stageLines({ stages }: DiskUse, { width }: Screen): readonly string[] {
  return tableLines(
    [
      { title: 'pipeline', least: 12 },
      { title: 'stage', least: 12 },
      { title: 'states' },
      { title: 'files' },
      { title: 'in files' },
      { title: 'evictable' },
      { title: 'in database' },
      { title: 'took', rank: 0 },
    ],
    stages.map(({ pipeline, stage, states, seconds, objects, objectBytes, evictableBytes, inlineBytes }) => [
      pipeline,
      stage,
      String(states),
      String(objects),
      formatBytes(objectBytes),
      formatBytes(evictableBytes),
      formatBytes(inlineBytes),
      formatSeconds(seconds),
    ]),
    width,
  );
}
