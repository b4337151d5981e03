/** `restage gc`: frees space by evicting bytes that can be made again. What is on record stays on record. */
import { parseByteSize } from '../../core/numeric/byte-size.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { flag, text, wholeNumber } from '../arguments/options.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb, requireCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'gc',
  summary: 'free space: evict bytes that can be made again, those that take the least time first',
  positionals: [],
  options: [
    {
      long: 'max-bytes',
      value: 'SIZE',
      help: 'evict only until the objects take up SIZE: 20G, 500M; default: everything that nothing keeps',
    },
    {
      long: 'keep-runs',
      value: 'N',
      least: 0,
      help: 'how many of the latest runs of each pipeline keep their bytes; default: 10',
    },
    { long: 'dry-run', short: 'n', help: 'only say what would be evicted' },
    ...COMMON,
  ],
  examples: ['restage gc --dry-run', 'restage gc --max-bytes 20G', 'restage gc --keep-runs 1'],
  also: ['prune', 'evict', 'clean', 'collect'],
  async run(call) {
    const { collect, KEEP_RUNS } = await import('../../store/upkeep/gc/collect.ts');
    const directory = cacheDirectoryOfVerb(call);
    await requireCache(directory, call.io);
    const report = collect(directory, {
      keepRuns: wholeNumber(call, 'keep-runs') ?? KEEP_RUNS,
      maxBytes: maxBytesOf(call),
      dryRun: flag(call, 'dry-run'),
    });
    if (flag(call, 'json')) writeJson(call, { kind: 'collection', ...report });
    else {
      const { collectionLines } = await import('../show/cache/collection.ts');
      writeLines(call.io, collectionLines(report, screenOf(call.io)));
    }
    return EXIT.ok;
  },
};

/** @throws UsageError */
function maxBytesOf(call: Call): number | null {
  const given = text(call, 'max-bytes');
  if (given === undefined) return null;
  const bytes = parseByteSize(given);
  if (bytes === undefined)
    throw new UsageError(`--max-bytes ${given} is not a size; write for example 500M, 20G or 1.5T.`);
  return bytes;
}
