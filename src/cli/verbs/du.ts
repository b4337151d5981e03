/** `restage du`: what takes up space in the cache. */
import { EXIT } from '../../errors.ts';
import { flag } from '../arguments/options.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb, requireCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'du',
  summary: 'what takes up space in the cache, by pipeline and stage',
  positionals: [],
  options: [...COMMON],
  examples: ['restage du'],
  also: ['size', 'disk', 'space'],
  async run(call) {
    const { diskUse } = await import('../../store/upkeep/disk-use.ts');
    const directory = cacheDirectoryOfVerb(call);
    await requireCache(directory, call.io);
    const use = diskUse(directory);
    if (flag(call, 'json')) writeJson(call, { kind: 'disk-use', ...use });
    else {
      const { diskUseLines } = await import('../show/cache/disk-use.ts');
      writeLines(call.io, diskUseLines(use, screenOf(call.io)));
    }
    return EXIT.ok;
  },
};
