/** `restage unpin`: takes a pin back. The bytes stay until `restage gc` needs their room. */
import { EXIT, UsageError } from '../../errors.ts';
import { flag } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import { withWritableCache } from '../lookup/open-cache.ts';
import { runOrState } from '../lookup/run-or-state.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { nodeLine } from '../show/states/node.ts';

export const verb: Verb = {
  name: 'unpin',
  summary: 'let "restage gc" evict the bytes of a run or a state again',
  positionals: [
    { name: 'what', help: 'as it was pinned: "restage pin" lists the pins', complete: ['recorded nodes', 'tags'] },
  ],
  options: [OF_PIPELINE, ...COMMON],
  examples: ['restage unpin run:12'],
  also: ['unkeep', 'unprotect', 'unlock'],
  async run(call) {
    const [what = ''] = call.positionals;
    await withWritableCache(call, async (cache) => {
      const { target, words, older, facts } = await runOrState(cache, what, call, 'pin');
      if (!cache.record.pins.remove(target))
        throw new UsageError(`${words} is not pinned; "restage pin" lists what is.`);
      if (flag(call, 'json')) writeJson(call, { kind: 'unpin', ...facts });
      else
        writeLines(call.io, [`${words} is no longer pinned`, ...(older === undefined ? [] : [nodeLine(cache, older)])]);
    });
    return EXIT.ok;
  },
};
