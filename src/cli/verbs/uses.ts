/** `restage uses`: what was made from a state, an output, a file, a stage's code or a run. */
import { EXIT } from '../../errors.ts';
import { flag } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { nothingCalled } from '../lookup/not-found.ts';
import { withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'uses',
  summary: 'what was made from a file, an output, a state, a run or the code of a stage',
  positionals: [
    {
      name: 'what',
      help: 'a file, a digest, a node, an output (prepare.table), also in a run (run:3/prepare), a run or a tag',
      complete: ['recorded nodes', 'tags', 'files'],
    },
  ],
  options: [OF_PIPELINE, ...COMMON],
  examples: ['restage uses data/training.csv', 'restage uses preprocess', 'restage uses 3fa9c1d2'],
  also: ['used', 'downstream', 'impact', 'dependents', 'consumers'],
  async run(call) {
    const [what = ''] = call.positionals;
    await withCache(call, async (cache) => {
      const { uses } = await import('../../audit/lineage/uses.ts');
      const { subjectSearch } = await import('../lookup/find-subject.ts');
      const found = await uses(cache, what, subjectSearch(cache, call));
      if (found === undefined) throw await nothingCalled(cache, what, call);
      if (flag(call, 'json')) writeJson(call, { ...found, digest: found.digest ?? null });
      else {
        const { usesLines } = await import('../show/lineage/uses.ts');
        writeLines(call.io, usesLines(found, screenOf(call.io)));
      }
    });
    return EXIT.ok;
  },
};
