/** `restage fsck`: is every byte in the cache what it was? */
import { EXIT } from '../errors.ts';
import { fsck } from '../store/upkeep/fsck.ts';
import { formatBytes, plural } from '../ui/text/format.ts';
import { cacheDirectoryOfVerb, requireCache } from './open-cache.ts';
import { flag } from './options.ts';
import { writeJson, writeOut } from './output.ts';
import type { Invocation } from './verbs.ts';

export function fsckVerb(invocation: Invocation): Promise<number> {
  const directory = cacheDirectoryOfVerb(invocation);
  requireCache(directory);
  const report = fsck(directory, { repair: flag(invocation, 'repair') });
  const { artifacts, bytes, states, findings, damaged } = report;
  if (flag(invocation, 'json')) writeJson(report);
  else {
    const checked = `${plural(artifacts, 'artifact')} (${formatBytes(bytes)}) and ${plural(states, 'state')} checked`;
    const repaired = findings.filter((finding) => finding.damage && finding.repaired).length;
    const verdict =
      damaged > 0 ? `${damaged} damaged` : repaired > 0 ? `${repaired} damaged and repaired` : 'all is well';
    writeOut([...findings.map(({ text }) => text), `${checked}: ${verdict}`, ''].join('\n'));
  }
  return Promise.resolve(damaged > 0 ? EXIT.cache : EXIT.ok);
}
