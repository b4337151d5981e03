/** What the terminal view draws at each size, and the keys that move in it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/events.ts';
import { cellWidth, cutNode } from '../../../src/ui/text/cells.ts';
import { layoutFor } from '../../../src/ui/ink/layout.ts';
import type { Size } from '../../../src/ui/terminal/size.ts';
import { type Key, pageOf, press, START } from '../../../src/ui/ink/navigation.ts';
import { RunModel } from '../../../src/ui/model/run-model.ts';
import { lineWidth } from '../../../src/ui/text/view-line.ts';
import { at, nodeStarted, runEvents, runStarted } from '../../helpers/run-events.ts';
import { after, EVENTS, frame, modelOf, text } from './drawing.ts';

const size: fc.Arbitrary<Size> = fc.record({
  columns: fc.integer({ min: 1, max: 220 }),
  rows: fc.integer({ min: 1, max: 70 }),
});
const keys: fc.Arbitrary<readonly Key[]> = fc.array(
  fc.constantFrom<Key>('up', 'down', 'page-up', 'page-down', 'enter', 'escape', 'log', 'help', 'pause', 'quit'),
  { maxLength: 8 },
);

const SIZES: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
  { columns: 60, rows: 15 },
];

describe('the layout', () => {
  test('leaves a row of the terminal free, however much there is to show', () => {
    fc.assert(
      fc.property(size, fc.nat(5000), fc.nat(500), (terminal, table, nodes) => {
        const layout = layoutFor(terminal, { table, nodes, feed: 5 });
        if (layout.kind === 'line') return;
        const headed = (lines: number): number => (lines > 0 ? lines + 1 : 0);
        const { chart, feed, gaps, body } = layout;
        const used = headed(layout.table) + headed(layout.nodes) + chart + feed + gaps;
        expect(used).toBeLessThanOrEqual(body);
        expect(body + 3).toBeLessThanOrEqual(terminal.rows - 1);
        for (const lines of [layout.table, layout.nodes, chart, feed, gaps]) expect(lines).toBeGreaterThanOrEqual(0);
        expect(layout.width).toBeLessThan(terminal.columns);
      }),
    );
  });

  test('shows stages and running nodes from 60x15 on', () => {
    for (const terminal of SIZES)
      expect(layoutFor(terminal, { table: 11, nodes: 2, feed: 5 })).toMatchObject({
        kind: 'panels',
        nodes: 2,
        table: terminal.rows === 15 ? 7 : 11,
      });
  });
});

describe('a frame', () => {
  test('is lower than the terminal and narrower, on every page, in every state of the run, at every size', () => {
    fc.assert(
      fc.property(runEvents, size, keys, fc.boolean(), (events, terminal, pressed, isStopping) => {
        const model = modelOf(events);
        const lines = frame(model, { size: terminal, place: after(model, pressed), isStopping });
        expect(lines.length).toBeLessThanOrEqual(terminal.rows - 1);
        for (const line of lines) {
          expect(lineWidth(line)).toBeLessThan(terminal.columns);
          expect(line.map((part) => part.text).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keeps its height while the run goes on', () => {
    fc.assert(
      fc.property(runEvents, fc.constantFrom(...SIZES), (events, terminal) => {
        const model = new RunModel();
        const heights = events.flatMap((event) => {
          model.apply(event);
          return model.run === undefined ? [] : [frame(model, { size: terminal }).length];
        });
        const jobs = model.run!.jobs;
        // A run with more running nodes than jobs needs more lines for them, one on other hosts needs a line for those.
        if (model.places.length <= jobs && !model.elsewhere.isUsed) expect(new Set(heights).size).toBe(1);
      }),
    );
  });

  test('counts one busy worker for nodes that go together', () => {
    const run = [runStarted({ 'toy/fit': 3 }), nodeStarted('fit@k=0', 10), nodeStarted('fit@k=1', 10)];
    const other = { ...nodeStarted('fit@k=2', 10), worker: 'worker-2' };
    expect(text(frame(modelOf(run)))).toMatch(/^workers .*1\/2 /m);
    expect(text(frame(modelOf([...run, other])))).toMatch(/^workers .*2\/2 /m);
  });

  test('shows the running nodes with their progress and loss, and the latest lines of logs', () => {
    expect(text(frame(modelOf(EVENTS), { now: 5000 }))).toMatchInlineSnapshot(`
      "restage run toy                                        run 12  0:05  >0:27 left
      ━━━━━━━━━━━━━╸──────────────────────────────────────────────────────  1/5 nodes

      stage                           done  hit  running  waiting
      toy/read      ━━━━━━━━━━━━━━━━   1/1    1                  
      toy/fit       ────────────────   0/3             1        2
      toy/score     ────────────────   0/1                      1

        node                   progress     loss    left  loss      note             
        fit@k=0       ━╸────       5/20   0.5000   ~0:14  █▁        well
        idle

               fit@k=0  hello from fit









      workers 1/2  memory 768.0 MiB         ↑↓ node  l log  p pause  ? help  q cancel"
    `);
  });

  test('shows a progress that is too long for its column in per cent, apart from the bar', () => {
    const shown = (done: number, total: number): string => {
      const event: RunEvent = { type: 'node-progress', ...at('fit@k=0', 5000), done, total, note: null };
      const lines = text(frame(modelOf([...EVENTS, event]), { now: 5000 })).split('\n');
      return /[━╸─](\s+\S+)\s+0\.5000/.exec(lines.find((line) => line.includes('fit@k=0'))!)![1]!;
    };
    expect(shown(123, 45678)).toBe('  123/45678');
    expect(shown(12_345_678, 123_456_789)).toBe('         9%');
    expect(shown(1 / 3, 1)).toBe('        33%');
    expect(shown(12_345_678, 1)).toBe('      >999%');
    expect(shown(12_345_678_901, 0)).toMatch(/^ {2,}1\.2e\+10$/);
  });

  test('has the most important lines at 60x15, and one word where there is no room for more', () => {
    const model = modelOf(EVENTS);
    const small = text(frame(model, { size: { columns: 60, rows: 15 } }));
    expect(small).toContain('fit@k=0');
    expect(small).toContain('5/20');
    expect(text(frame(model, { size: { columns: 10, rows: 3 } }))).toMatch(/^1\/5/);
    expect(frame(model, { size: { columns: 10, rows: 1 } })).toEqual([]);
  });

  test('of many stages shows those with running nodes, and counts the rest', () => {
    const stages = Object.fromEntries(Array.from({ length: 30 }, (_, k) => [`toy/stage-${k}`, 1]));
    const model = modelOf([
      runStarted(stages),
      ...Array.from({ length: 20 }, (_, k): RunEvent => ({
        type: 'node-hit',
        ...at(`stage-${k}`, 1),
        how: 'hit',
        state: 'ab',
      })),
      nodeStarted('stage-20', 2),
    ]);
    const shown = text(frame(model));
    expect(shown).toContain('toy/stage-20 ');
    expect(shown).not.toContain('toy/stage-3 ');
    expect(shown).toMatch(/… and \d+ stages done/);
  });

  test('keeps the note in sight at 60 columns', () => {
    const small = text(frame(modelOf(EVENTS), { size: { columns: 60, rows: 15 } }));
    expect(small).toMatch(/fit@k=0 .*5\/20 .*well/);
  });

  test('keeps the running nodes in sight while the list below them scrolls, at 80x24', () => {
    const stages = Object.fromEntries(Array.from({ length: 11 }, (_, k) => [`toy/stage-${k}`, 1]));
    const model = modelOf([
      runStarted({ ...stages, 'toy/fit': 40 }),
      nodeStarted('fit@k=38', 1),
      nodeStarted('fit@k=39', 1),
      ...Array.from({ length: 30 }, (_, k): RunEvent => ({
        type: 'node-ran',
        ...at(`fit@k=${k}`, 2),
        state: 'ab',
        seconds: 1,
        peakMiB: null,
      })),
    ]);
    const down = (times: number) =>
      after(
        model,
        Array.from({ length: times }, () => 'down' as const),
      );
    for (const times of [1, 2, 3, 10, 32]) {
      const place = down(times);
      const shown = text(frame(model, { place }));
      expect(shown).toContain(`▸ ${place.selected}`);
      expect(shown).toMatch(/fit@k=38 .*0:00/);
      expect(shown).toMatch(/fit@k=39 .*0:00/);
    }
    expect(down(32).selected).toBe('fit@k=0');
    const log = text(frame(model, { place: after(model, ['down', 'log']) }));
    expect(log).toMatch(/^running +fit@k=38 · fit@k=39$/m);
  });
});

describe('the keys', () => {
  test('lead back to the overview by Esc, from every page', () => {
    fc.assert(
      fc.property(runEvents, keys, (events, pressed) => {
        const model = modelOf(events);
        const place = after(model, [
          ...pressed,
          ...Array.from({ length: pressed.length + 1 }, () => 'escape' as const),
        ]);
        expect(place).toEqual(START);
      }),
    );
  });

  test('go through running, failed and ended nodes, and follow a node that moves', () => {
    const model = modelOf([
      runStarted({ 'toy/fit': 4 }),
      nodeStarted('fit@k=0', 1),
      nodeStarted('fit@k=1', 1),
      { type: 'node-ran', ...at('fit@k=0', 2), state: 'ab', seconds: 1, peakMiB: null },
    ]);
    let place = after(model, ['down']);
    expect(place.selected).toBe('fit@k=1');
    model.apply(nodeStarted('fit@k=2', 3));
    model.apply({ type: 'node-ran', ...at('fit@k=1', 4), state: 'ab', seconds: 1, peakMiB: null });
    place = press(place, 'up', model, 1).place;
    expect(place.selected).toBe('fit@k=2');
    expect(after(model, ['down', 'down', 'down', 'down']).selected).toBe('fit@k=0');
  });

  test('ask for what is to happen to the run', () => {
    const model = new RunModel();
    for (const key of ['pause', 'quit', 'suspend', 'redraw'] as const)
      expect(press(START, key, model, 1)).toEqual({ place: START, action: key });
    expect(pageOf(after(model, ['enter', 'log', 'down']))).toEqual({ kind: 'overview' });
  });
});

test('a name of a node loses its stage before its key', () => {
  const node = 'train-fold@fold=1,seed=12345';
  expect(cutNode(node, 28)).toBe(node);
  expect(cutNode(node, 24)).toBe('train…@fold=1,seed=12345');
  expect(cutNode(node, 16)).toBe('tra…@fold=1,see…');
  expect(cutNode('evaluate-all-the-folds', 16)).toBe('evaluate…e-folds');
  for (let width = 1; width < 30; width++) expect(cellWidth(cutNode(node, width))).toBeLessThanOrEqual(width);
});

test('text is measured and cut by the cells of a terminal', () => {
  expect(cellWidth('ab')).toBe(2);
  expect(cellWidth('漢字')).toBe(4);
  expect(cellWidth('👩‍🔬')).toBe(2);
});
