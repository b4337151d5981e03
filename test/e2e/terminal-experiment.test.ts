/** The view of an experiment in a real terminal: 12 branches with 6 seeds and 22 nodes, and who watches it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';
import { noTmux, Pane, type TerminalSize } from '../helpers/tmux.ts';
import { restored } from './terminal-lab.ts';

/** Of 22 nodes, 10 are shared by all branches with one seed. The branch of width 4 waits for its gate. */
const PIPELINE = `import { json, many, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass } from './lab.ts';

const policy = { executor: 'in-process' };

export const draw = stage({
  name: 'lab/draw',
  params: z.strictObject({ part: z.int() }),
  inputs: {},
  outputs: { x: json<number>() },
  random: true,
  run: ({ rng }) => ({ x: rng('x').uniform() }),
});

export const fit = stage({
  name: 'lab/fit',
  params: z.strictObject({ fold: z.int(), width: z.int() }),
  inputs: { drawn: many(json<number>()) },
  outputs: { x: json<number>() },
  async run({ params: { fold, width }, inputs, progress, signal }) {
    let sum = 0;
    for (const drawn of inputs.drawn) sum += await drawn.read();
    progress(fold + 1, 40);
    if (width === 4 && fold > 5) await pass('gate', signal);
    return { x: sum * width };
  },
});

export const judge = stage({
  name: 'lab/judge',
  params: z.strictObject({}),
  inputs: { fits: many(json<number>()) },
  outputs: { score: json<{ ams: number }>() },
  async run({ inputs }) {
    let ams = 0;
    for (const fit of inputs.fits) ams += await fit.read();
    return { score: { ams: ams / 100 } };
  },
});

export default pipeline({
  name: 'widths',
  params: z.strictObject({ width: z.int().default(1) }),
  build(p, { width }) {
    const drawn = Array.from({ length: 10 }, (_, part) => p.add(draw, { key: { part }, params: { part }, ...policy }).out.x);
    const fits = Array.from({ length: 11 }, (_, fold) => p.add(fit, { key: { fold }, params: { fold, width }, inputs: { drawn }, ...policy }).out.x);
    return { score: p.add(judge, { params: {}, inputs: { fits }, ...policy }).out.score };
  },
});
`;

const EXPERIMENT = `import { experiment } from 'restage';
import widths from './index.ts';

export default experiment({
  name: 'wide',
  pipeline: widths,
  branches: (base) => base.sweep('width', [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  seeds: 6,
  metrics: { ams: { of: 'score.ams', better: 'higher', design: 'fixed-test-set' } },
});
`;

const SMALL: TerminalSize = { columns: 80, rows: 24 };

/** A complete frame: the command above, the gauges below. */
function frameOf(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.startsWith('workers '));
  const first = lines.findLastIndex((line, row) => row < last && line.startsWith('restage ablate'));
  return first < 0 ? [] : lines.slice(first, last + 1);
}

/** The frame, once the branch that waits has begun with a seed and all others are complete. */
async function whileWaiting(pane: Pane, isWhole: (frame: readonly string[]) => boolean): Promise<readonly string[]> {
  return frameOf(
    await pane.until((lines) => {
      const frame = frameOf(lines);
      return frame.some((line) => /^width=4 .*▸\d+%/.test(line)) && isWhole(frame);
    }),
  );
}

describe('the view of an experiment', () => {
  beforeEach((context) => context.skip(noTmux !== undefined, noTmux));

  test('has a row for each branch and a column for each seed at 80x24, less at 60x15, and ends in the effects', async () => {
    const project = makeProject('lab').write('index.ts', PIPELINE).write('wide.ts', EXPERIMENT);
    const env = { LAB_TALLY: project.beside('tally'), LAB_GATES: project.beside('gates') };
    const cli = 'node node_modules/restage/dist/cli/bin.js';
    const pane = await Pane.open(SMALL, project.root, env);
    await pane.type(`${cli} ablate wide.ts -j 2 --cache ${project.cache}`);
    await pane.press('Enter');
    const branches = ['base', ...Array.from({ length: 11 }, (_, k) => `width=${k + 2}`)];
    const frame = await whileWaiting(pane, (lines) => lines.some((line) => line.startsWith('shared by all')));
    expect(frame.length).toBeLessThan(SMALL.rows);
    expect(Math.max(...frame.map((line) => line.length))).toBeLessThan(SMALL.columns);
    const row = (lines: readonly string[], name: string) => lines.find((line) => line.startsWith(`${name} `));
    expect(row(frame, 'branch')).toMatch(/seed 0 +1 +2 +3 +4 +5 +ams +- base$/);
    expect(row(frame, 'shared by all')).toMatch(/60\/60( +✓){6}$/);
    for (const branch of branches) expect(row(frame, branch)).toBeDefined();
    expect(frame.some((line) => /^ {2}fit@fold=\d+ +width=4\/seed-\d/.test(line))).toBe(true);

    const watcher = await Pane.open({ columns: 100, rows: 30 }, project.root, env);
    await watcher.type(`${cli} status --watch --cache ${project.cache}`);
    await watcher.press('Enter');
    const watched = await whileWaiting(watcher, (lines) => row(lines, 'branch')?.endsWith('- base') === true);
    for (const branch of branches) expect(row(watched, branch)).toBeDefined();

    await pane.resize({ columns: 60, rows: 15 });
    const small = await whileWaiting(pane, (lines) => lines.length < 15);
    expect(small.some((line) => line.startsWith('  fit@fold='))).toBe(true);

    await pane.resize(SMALL);
    project.open('gate');
    const text = await restored(pane);
    expect(text).toContain('exit 0');
    // The line of status that stood there before is gone, and the sentence breaks between words.
    expect(text).toMatch(/^wide: 12 branches of widths with 6 seeds$/m);
    expect(text).toMatch(/^ams: 95 % intervals reach .* of the\n {4}differences between pairs; a true/m);
    expect(text).toMatch(/^width=12 +6 /m);
    expect(text).toContain('95 % interval');
    expect(text).not.toContain('workers ');
    await watcher.until((lines) => lines.some((line) => line.startsWith('run 1 of widths/wide:')));
  });
});
