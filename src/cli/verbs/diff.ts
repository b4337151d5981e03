/** `restage diff`: how two runs, states, outputs or codes differ. */
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';
import { diffLines } from '../show/diff.ts';

const REFERENCE = 'a run (run:3), a node in it (run:3/score), an output (score.result), a tag or a digest';

export const verb: Verb = {
  name: 'diff',
  summary: 'how two runs, states, outputs or codes of stages differ',
  positionals: [
    { name: 'before', help: REFERENCE, complete: ['recorded nodes', 'tags'] },
    { name: 'after', help: 'another of that kind', complete: ['recorded nodes', 'tags'] },
  ],
  options: [
    { long: 'exit-code', help: 'exit with 4 if they differ' },
    { long: 'tool', value: 'COMMAND', help: 'hand both outputs, or both codes, to this program; it takes two paths' },
    OF_PIPELINE,
    ...COMMON,
  ],
  exclusive: [['tool', 'json']],
  examples: [
    'restage diff run:3 run:4',
    'restage diff run:3/score run:4/score',
    'restage diff run:3/clean.events run:4/clean.events --tool meld',
  ],
  also: ['difference', 'cmp'],
  async run(call) {
    return withCache(call, async (cache) => tell(cache, call));
  },
};

async function tell(cache: Cache, call: Call): Promise<number> {
  const { comparable, diff, isDifferent } = await import('../../audit/diff/diff.ts');
  const [before, after] = await Promise.all(
    call.positionals.map(async (word) =>
      comparable(cache, await lookUp(cache, /^\d{1,15}$/.test(word) ? `run:${word}` : word, call)),
    ),
  );
  if (before === undefined || after === undefined)
    throw new UsageError('Name two things to compare, such as run:1 run:2.');
  const tool = text(call, 'tool');
  if (tool !== undefined) {
    const { runTool } = await import('../output/outside-tool.ts');
    return runTool(cache, tool, before, after);
  }
  const found = diff(cache, before, after);
  if (flag(call, 'json')) writeJson(call, found);
  else writeLines(call.io, diffLines(found, screenOf(call.io)));
  return flag(call, 'exit-code') && isDifferent(found) ? EXIT.diverged : EXIT.ok;
}
