/** `restage pin`: runs and states whose bytes `restage gc` never evicts. */
import { short } from '../../core/identity/digest.ts';
import { EXIT } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { Pinned } from '../../store/query/pins.ts';
import { formatTime } from '../../ui/text/format.ts';
import { text, flag } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { withCache, withWritableCache } from '../lookup/open-cache.ts';
import { runOrState } from '../lookup/run-or-state.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { nodeLine } from '../show/states/node.ts';
import { screenOf } from '../output/screen.ts';
import { tableLines } from '../output/table.ts';

export const verb: Verb = {
  name: 'pin',
  summary: 'keep the bytes of a run or a state whatever "restage gc" does, or list the pins',
  positionals: [
    {
      name: 'what',
      help: 'a run (run:3), a tag, a node (its latest state, or run:3/node) or the digest of a state; default: list the pins',
      optional: true,
      complete: ['recorded nodes', 'tags'],
    },
  ],
  options: [
    { long: 'note', value: 'TEXT', help: 'why it is pinned, for whoever reads the list' },
    OF_PIPELINE,
    ...COMMON,
  ],
  examples: ['restage pin run:12 --note "the numbers of the paper"', 'restage pin train', 'restage pin'],
  also: ['keep', 'protect', 'lock'],
  async run(call) {
    const [what] = call.positionals;
    if (what === undefined) await withCache(call, (cache) => listPins(cache, call));
    else
      await withWritableCache(call, async (cache) => {
        const { target, words, older, facts } = await runOrState(cache, what, call, 'pin');
        const note = text(call, 'note') ?? cache.query.pins.of(target)?.note ?? '';
        cache.record.pins.add(target, note);
        if (flag(call, 'json')) writeJson(call, { kind: 'pin', ...facts, note });
        else
          writeLines(call.io, [
            `${words} is pinned: "restage gc" keeps its bytes`,
            ...(older === undefined ? [] : [nodeLine(cache, older)]),
          ]);
      });
    return EXIT.ok;
  },
};

function listPins({ query }: Cache, call: Call): void {
  const pins = query.pins.list();
  if (flag(call, 'json')) {
    writeJson(call, { kind: 'pins', pins });
    return;
  }
  if (pins.length === 0) {
    writeLines(call.io, ['Nothing is pinned; write for example: restage pin run:latest']);
    return;
  }
  const columns = [{ title: 'pinned' }, { title: 'of', least: 12 }, { title: 'since' }, { title: 'note', least: 12 }];
  const rows = pins.map((pin) => [...nameOf(pin), formatTime(pin.at), pin.note]);
  writeLines(call.io, tableLines(columns, rows, screenOf(call.io).width));
}

function nameOf(pin: Pinned): readonly [name: string, of: string] {
  return 'run' in pin ? [`run:${pin.run}`, pin.pipeline] : [short(pin.state), pin.node];
}
