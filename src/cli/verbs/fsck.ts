/** `restage fsck`: checks whether every byte in the cache is what it was. */
import { EXIT } from '../../errors.ts';
import { formatBytes, plural } from '../../ui/text/format.ts';
import { flag } from '../arguments/options.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb, requireCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'fsck',
  summary: 'check the cache, byte by byte',
  positionals: [],
  options: [{ long: 'repair', help: 'put damaged artifacts aside, so that the next run makes them again' }, ...COMMON],
  examples: ['restage fsck --repair'],
  also: ['check', 'repair', 'verify'],
  async run(call) {
    const { fsck } = await import('../../store/upkeep/fsck.ts');
    const directory = cacheDirectoryOfVerb(call);
    await requireCache(directory, call.io);
    const report = fsck(directory, { repair: flag(call, 'repair') });
    const { artifacts, bytes, evicted, states, findings, damaged } = report;
    if (flag(call, 'json')) writeJson(call, report);
    else {
      const { style } = screenOf(call.io);
      const checked = `${plural(artifacts, 'artifact')} (${formatBytes(bytes)}) and ${plural(states, 'state')} checked`;
      const repaired = findings.filter((finding) => finding.damage && finding.repaired).length;
      const verdict =
        damaged > 0
          ? style.red(`${damaged} damaged`)
          : style.green(repaired > 0 ? `${repaired} damaged and repaired` : 'all is well');
      const gone =
        evicted.files === 0
          ? []
          : [`${plural(evicted.files, 'artifact')} (${formatBytes(evicted.bytes)}) evicted by "restage gc"`];
      writeLines(call.io, [...findings.map(({ text }) => text), ...gone, `${checked}: ${verdict}`]);
    }
    return damaged > 0 ? EXIT.cache : EXIT.ok;
  },
};
