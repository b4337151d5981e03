/** `restage fsck`: is every byte in the cache what it was? */
import { EXIT } from '../errors.ts';
import { fsck } from '../store/upkeep/fsck.ts';
import { formatBytes, plural } from '../ui/text/format.ts';
import { withCache } from './open-cache.ts';
import { flag } from './options.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

export async function fsckVerb(call: Call): Promise<number> {
  return withCache(call, (cache) => {
    const report = fsck(cache.directory, { repair: flag(call, 'repair') });
    const { artifacts, bytes, states, findings, damaged } = report;
    if (flag(call, 'json')) writeJson(call, report);
    else {
      const checked = `${plural(artifacts, 'artifact')} (${formatBytes(bytes)}) and ${plural(states, 'state')} checked`;
      const repaired = findings.filter((finding) => finding.damage && finding.repaired).length;
      const verdict =
        damaged > 0 ? `${damaged} damaged` : repaired > 0 ? `${repaired} damaged and repaired` : 'all is well';
      call.io.writeOut([...findings.map(({ text }) => text), `${checked}: ${verdict}`, ''].join('\n'));
    }
    return damaged > 0 ? EXIT.cache : EXIT.ok;
  });
}
