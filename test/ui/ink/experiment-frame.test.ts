/** What the terminal view draws of an experiment: a row a branch, a column a seed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExperimentOutline, RunEvent } from '../../../src/events.ts';
import { ExperimentView, type NodeCounts, withState } from '../../../src/ui/model/experiment-view.ts';
import { PHASES } from '../../../src/ui/model/node-view.ts';
import { cutPlace } from '../../../src/ui/model/node-words.ts';
import { cellWidth } from '../../../src/ui/text/cells.ts';
import { lineWidth } from '../../../src/ui/text/view-line.ts';
import { eventsUpTo, experimentStarted, type ExperimentSize, of, outlineOf } from '../../helpers/experiment-events.ts';
import { after, frame, modelOf, text } from './drawing.ts';

const TWELVE = [
  'base',
  'without-augmentation',
  'without-test-time-augmentation',
  'without-ensemble',
  'without-dense-connections',
  'without-swish',
  'plain',
  'plain+swish',
  'plain+swish+dense-connections',
  'averaging=swa',
  'averaging=fge',
  'network.depth=3',
];
/** 12 branches of 22 nodes with 6 seeds: 9 of them are shared within a seed, one by all. */
const LARGE = outlineOf({ branches: TWELVE, seeds: 6, shared: 9, own: 12 });

function lines(events: readonly RunEvent[], columns: number, rows: number): readonly string[] {
  return text(frame(modelOf(events), { size: { columns, rows } })).split('\n');
}

function row(shown: readonly string[], branch: string): string {
  return shown.find((line) => line.startsWith(branch))!;
}

describe('an experiment of 12 branches with 6 seeds and 22 nodes', () => {
  test('has at 80x24 the shared work on top, a row for each branch, and the nodes that run', () => {
    const shown = lines(eventsUpTo(LARGE, 21), 80, 24);
    expect(shown).toHaveLength(23);
    expect(row(shown, 'branch')).toMatch(/nodes +seed 0 +1 +2 +3 +4 +5 +ams$/);
    expect(row(shown, 'shared by all')).toMatch(/55\/55 +✓ +✓ +✓ +✓ +✓ +✓ *$/);
    expect(row(shown, 'base ')).toMatch(/72\/72 +✓ +✓ +✓ +✓ +✓ +✓ +1\.7000$/);
    expect(row(shown, 'without-ensemble')).toMatch(/42\/72 +✓ +✓ +✓ +▸50% +· +· +1\.1200 \(3\)$/);
    expect(row(shown, 'network.depth=3')).toMatch(/0\/72 +· +· +· +· +· +· *$/);
    expect(shown.filter((line) => /^ {2}fit@fold=[67] +wi.*…\S*\/seed-3 .*12\/40/.test(line))).toHaveLength(2);
    expect(shown[0]).toMatch(/left$/);
    expect(shown[1]).toContain('313/919 nodes');
  });

  test('has at 100x30 the difference to the base, and what the signs mean', () => {
    const shown = lines(eventsUpTo(LARGE, 21), 100, 30);
    expect(row(shown, 'branch')).toMatch(/ams +- base$/);
    expect(row(shown, 'without-augmentation')).toMatch(/-0\.1367$/);
    expect(shown.join('\n')).toContain('✓ done  = found  ▸ running');
  });

  test('has at 60x15 the branches in which something happens, and counts the others', () => {
    const shown = lines(eventsUpTo(LARGE, 21), 60, 15);
    expect(shown).toHaveLength(14);
    expect(row(shown, 'without-ensemble')).toContain('▸50%');
    expect(row(shown, '… and')).toBe('… and the shared work, 3 branches done, 3 to come');
    expect(shown.filter((line) => line.includes('12/40'))).toHaveLength(2);
  });

  test('counts the seeds where there is no room for a column each', () => {
    const many = outlineOf({ branches: TWELVE, seeds: 20, shared: 2, own: 3 });
    const shown = lines(eventsUpTo(many, 45), 80, 24);
    expect(row(shown, 'branch')).toMatch(/seeds +running +failed/);
    expect(row(shown, 'without-augmentation')).toMatch(/20\/20/);
    expect(row(shown, 'without-test')).toMatch(/5\/20 +1 /);
  });
});

test('a branch with a seed that fails is marked, what was found is told apart, and what is skipped too', () => {
  const experiment = outlineOf({ branches: ['base', 'lost', 'late'], seeds: 2, shared: 1, own: 1 });
  const failure = { class: 'error', message: 'no', stack: null, exitCode: 1, signal: null } as const;
  const shown = lines(
    [
      experimentStarted(experiment),
      { type: 'node-hit', ...of('base/seed-0/fit@fold=0', 1), how: 'hit', state: 'ab'.repeat(32) },
      { type: 'node-failed', ...of('lost/seed-0/fit@fold=0', 2), failure },
      { type: 'node-skipped', ...of('lost/seed-1/fit@fold=0', 3), because: 'lost/seed-0/fit@fold=0' },
    ],
    80,
    24,
  );
  expect(row(shown, 'base')).toMatch(/1\/2 +=    ·/);
  expect(row(shown, 'lost')).toMatch(/0\/2 +✗    –/);
  expect(row(shown, 'late')).toMatch(/0\/2 +·    ·/);
});

const sizes: fc.Arbitrary<ExperimentSize> = fc.record({
  branches: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z=+.,_-]{0,40}$/), { minLength: 1, maxLength: 20 }),
  seeds: fc.integer({ min: 1, max: 12 }),
  shared: fc.nat(3),
  own: fc.nat(3),
});

const happenings = fc.array(fc.record({ node: fc.nat(), what: fc.nat(6) }), { maxLength: 60 });

function eventsOf(experiment: ExperimentOutline, steps: readonly { node: number; what: number }[]): RunEvent[] {
  const nodes = Object.keys(experiment.nodes);
  const events: RunEvent[] = [experimentStarted(experiment)];
  for (const [index, { node, what }] of steps.entries()) {
    const place = of(nodes[node % nodes.length]!, 10 * index);
    if (what === 0) events.push({ type: 'node-hit', ...place, how: 'hit', state: 'cd'.repeat(32) });
    else if (what === 1) events.push({ type: 'node-skipped', ...place, because: null });
    else if (what === 2) events.push({ type: 'node-skipped', ...place, because: nodes[0]! });
    else if (what === 3) events.push({ type: 'node-queued', ...place, reason: 'first run' });
    else if (what === 4) {
      const { branch, seed } = experiment.runs[node % experiment.runs.length]!;
      events.push({ type: 'experiment-run', at: place.at, branch, seed, values: { ams: node % 2 ? null : node / 7 } });
    } else events.push({ type: 'node-ran', ...place, state: 'cd'.repeat(32), seconds: 1, peakMiB: null });
  }
  return events;
}

test('the frame of an experiment is lower than the terminal and narrower, whatever it has and whatever happens', () => {
  const terminal = fc.record({ columns: fc.integer({ min: 1, max: 160 }), rows: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(sizes, happenings, terminal, fc.boolean(), (experiment, steps, size, selecting) => {
      const model = modelOf(eventsOf(outlineOf(experiment), steps));
      const drawn = frame(model, { size, place: after(model, selecting ? ['down'] : []) });
      expect(drawn.length).toBeLessThanOrEqual(size.rows - 1);
      for (const line of drawn) expect(lineWidth(line)).toBeLessThan(size.columns);
    }),
    { numRuns: 200 },
  );
});

test('the counts of a branch and of a seed are those of their nodes, one by one', () => {
  fc.assert(
    fc.property(sizes, happenings, (experiment, steps) => {
      const outline = outlineOf(experiment);
      const model = modelOf(eventsOf(outline, steps));
      const view = model.experiment!;
      const branchCount = view.branches.length;
      const counted = (nodes: readonly string[]): NodeCounts => ({
        nodes: nodes.length,
        counts: Object.fromEntries(
          PHASES.map((phase) => [phase, nodes.filter((node) => model.node(node)?.phase === phase).length]),
        ) as NodeCounts['counts'],
      });
      const used = (node: string) => outline.nodes[node]!.map((run) => outline.runs[run]!);
      const isShared = (node: string) =>
        branchCount > 1 && new Set(used(node).map(({ branch }) => branch)).size === branchCount;
      const nodes = Object.keys(outline.nodes);
      expect(view.shared.all).toEqual(counted(nodes.filter(isShared)));
      for (const { branch, all, cells } of view.branches) {
        const own = nodes.filter((node) => !isShared(node) && used(node).some((run) => run.branch === branch));
        expect(all).toEqual(counted(own));
        for (const [seed, cell] of cells)
          expect(cell).toEqual(
            counted(own.filter((node) => used(node).some((run) => run.branch === branch && run.seed === seed))),
          );
      }
    }),
    { numRuns: 100 },
  );
});

test('a node of an experiment is named by its branches and its seed', () => {
  const view = new ExperimentView(outlineOf({ branches: ['base', 'small', 'large'], seeds: 2, shared: 1, own: 1 }));
  expect(view.placeOf('base/seed-0/read')).toEqual({ name: 'read', where: 'all branches' });
  expect(view.placeOf('base/seed-1/prepare@part=0')).toEqual({ name: 'prepare@part=0', where: 'all branches/seed-1' });
  expect(view.placeOf('small/seed-1/fit@fold=0')).toEqual({ name: 'fit@fold=0', where: 'small/seed-1' });
  expect(view.placeOf('elsewhere')).toBeUndefined();
  expect(withState(view.shared.all)).toBe(0);
});

test('a place that is too long keeps its seed', () => {
  expect(cutPlace('without-test-time-augmentation/seed-2', 20)).toBe('withou…tation/seed-2');
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
      fc.nat(99),
      fc.integer({ min: 1, max: 30 }),
      (branch, seed, width) => {
        expect(cellWidth(cutPlace(`${branch}/seed-${seed}`, width))).toBeLessThanOrEqual(width);
      },
    ),
  );
});
