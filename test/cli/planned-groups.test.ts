/** Which nodes of a plan share a line, and what the line is called. */
import { expect, test } from 'vitest';
import { groupedNames, plannedGroups } from '../../src/cli/show/runs/planned-groups.ts';
import type { PlannedNode } from '../../src/planning/plan/plan-report.ts';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const planned = (node: string, reason: string): PlannedNode => ({
  node,
  stage: 'lab/stage',
  status: reason.startsWith('waits') ? 'pending' : 'run',
  reason,
  seconds: null,
});

const EXPERIMENT = {
  runs: ['base', 'rate=2'].flatMap((branch) => [0, 1, 2, 5].map((seed) => ({ branch, seed }))),
};

/** A line for each group: `name: reason`. */
function told(
  nodes: readonly (readonly [node: string, reason: string])[],
  experiment?: typeof EXPERIMENT,
): readonly string[] {
  return plannedGroups(
    nodes.map(([node, reason]) => planned(node, reason)),
    experiment,
  ).map(({ name, reason }) => `${name}: ${reason}`);
}

test('instances whose reasons differ in the instance share a line', () => {
  const folds = [0, 1, 2].map((fold) => [`fit@fold=${fold}`, `waits for prepare@fold=${fold}`] as const);
  expect(told(folds)).toEqual(['fit ×3: waits for prepare ×3']);
  expect(told([...folds, ['fit@fold=9', 'waits for load']])).toEqual([
    'fit ×3: waits for prepare ×3',
    'fit@fold=9: waits for load',
  ]);
  expect(told([0, 1].map((fold) => [`fit@fold=${fold}`, 'waits for load']))).toEqual(['fit ×2: waits for load']);
});

test('nodes of any runs share a name by instance and by seed, in their order', () => {
  const nodes = ['base', 'rate=2'].flatMap((branch) =>
    [0, 1, 3].flatMap((seed) => [0, 1].map((fold) => `${branch}/seed-${seed}/fit@fold=${fold}`)),
  );
  const names = (all: readonly string[]) => groupedNames(all).map(({ name, members }) => [name, members.length]);
  expect(names([...nodes, 'load', 'fit@fold=0', 'fit@fold=1'])).toEqual([
    ['base/seed-0..1,3/fit ×6', 6],
    ['rate=2/seed-0..1,3/fit ×6', 6],
    ['load', 1],
    ['fit ×2', 2],
  ]);
});

test('fields that differ by other values in each instance are named without the values', () => {
  const of = (fold: number, clause: string) => [`fit@fold=${fold}`, clause] as const;
  expect(told([of(0, 'code changed, param.seed 0 -> 5'), of(1, 'code changed, param.seed 1 -> 6')])).toEqual([
    'fit ×2: code changed, param.seed changed',
  ]);
  expect(told([of(0, 'param.rate 1 -> 2'), of(1, 'param.rate 1 -> 2')])).toEqual(['fit ×2: param.rate 1 -> 2']);
  expect(told([of(0, 'param.rate 1 -> 2'), of(1, 'in.data changed')])).toHaveLength(2);
});

test('nodes of one stage and different names keep lines of their own', () => {
  expect(
    told([
      ['draw-orbit', 'code changed'],
      ['draw-error', 'code changed'],
    ]),
  ).toHaveLength(2);
});

test("a line of an experiment names the seeds, and a branch's own nodes without it", () => {
  const of = (branch: string, seed: number, name: string) => `${branch}/seed-${seed}/${name}`;
  expect(
    told(
      EXPERIMENT.runs.map(({ branch, seed }) => [of(branch, seed, 'fit'), 'new node']),
      EXPERIMENT,
    ),
  ).toEqual(['base/seed-0..2,5/fit ×4: new node', 'rate=2/seed-0..2,5/fit ×4: new node']);
  const scores = [0, 1].map(
    (seed) => [of('base', seed, 'score@of=a'), `waits for ${of('base', seed, 'fit')}`] as const,
  );
  expect(told(scores, EXPERIMENT)).toEqual(['base/seed-0..1/score@of=a ×2: waits for fit']);
  const others = [0, 1].map((seed) => [of('rate=2', seed, 'sum'), `waits for ${of('base', seed, 'fit')}`] as const);
  expect(told(others, EXPERIMENT)).toEqual(['rate=2/seed-0..1/sum ×2: waits for base/seed-0..1/fit ×2']);
  // A name that only looks like one of a branch.
  expect(told([0, 1].map((seed) => [of('lab', seed, 'fit'), 'new node'] as const))).toHaveLength(2);
});

test('the plan of a fan-out has a line for each name, and its JSON has every node', async () => {
  const lab = makeInProcessProject('study');
  const plan = async (...args: string[]) =>
    (await lab.restage(['plan', '.', '-S', 'folds=40', '--cache', lab.cache, ...args])).stdout;
  await lab.run();
  expect((await plan()).split('\n').slice(1, 3)).toEqual([
    expect.stringMatching(/^fit ×38 +run .* new node$/),
    expect.stringMatching(/^score +pending .* waits for fit@fold=2$/),
  ]);
  const { nodes } = JSON.parse(await plan('--json')) as { readonly nodes: readonly PlannedNode[] };
  expect(nodes).toHaveLength(42);
});
