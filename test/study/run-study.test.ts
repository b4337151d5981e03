import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const EXPERIMENT = `
import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'rates',
  pipeline: study,
  components: { fast: { off: { train: { rate: 0.01 } } } },
  branches: (base) => [base.without('fast'), base.with({ folds: 3 }), base.with({ train: { rate: 0.5 } })],
  seeds: 2,
  metrics: { ams: { of: 'score.ams', better: 'higher', design: 'fixed-test-set' } },
});
`;

function project(experiment = EXPERIMENT) {
  const made = makeInProcessProject('study');
  made.write('rates.ts', experiment);
  return made;
}

test('branches run as one graph: what they share runs once, and what a run had made is found', async () => {
  const lab = project();
  // The base with seed 1: load, two folds and the score.
  await lab.run(['--seed', '1']);
  const plan = await lab.restage(['ablate', 'rates.ts', '--plan', '--cache', lab.cache]);
  expect(plan.stderr).toBe('');
  // 3 branches of 4 nodes and one of 5, with two seeds; load is one node, the folds of base are in folds=3.
  expect(plan.stdout).toContain('34 nodes in all');
  const done = await lab.restage(['ablate', 'rates.ts', '--reporter', 'plain', '--cache', lab.cache]);
  expect(done.code).toBe(0);
  const log = JSON.parse((await lab.restage(['log', '--branches', '--json', '--cache', lab.cache])).stdout) as {
    readonly runs: readonly { readonly pipeline: string; readonly tags: readonly string[]; readonly seed: number }[];
  };
  expect(log.runs.filter(({ pipeline }) => pipeline === 'study/rates')).toHaveLength(1);
  const tags = log.runs.flatMap((run) => run.tags).filter((tag) => tag.includes('/'));
  expect(tags.toSorted()).toEqual(
    ['base', 'folds=3', 'train.rate=0.5', 'without-fast'].flatMap((branch) =>
      [0, 1].map((seed) => `rates/${branch}/seed-${seed}`),
    ),
  );
});

test('a run of a branch finds everything, and running the experiment again records no run of a branch', async () => {
  const lab = project();
  await lab.restage(['ablate', 'rates.ts', '--cache', lab.cache]);
  const alone = await lab.run(['--seed', '1', '-S', 'train.rate=0.5']);
  expect(alone.report?.counts).toMatchObject({ ran: 0, hit: 4 });
  const again = await lab.restage(['ablate', 'rates.ts', '--reporter', 'plain', '--cache', lab.cache]);
  expect(again.stdout).toContain('up to date');
  const { runs } = JSON.parse((await lab.restage(['log', '--branches', '--json', '--cache', lab.cache])).stdout) as {
    runs: unknown[];
  };
  // The study's two runs, its eight branches, and the one alone.
  expect(runs).toHaveLength(11);
});

test('a branch with a seed computes what a run with its parameters and seed computes', async () => {
  const [together, alone] = [project(), project()];
  await together.restage(['ablate', 'rates.ts', '--cache', together.cache]);
  for (const seed of ['0', '1']) {
    await alone.run(['--seed', seed, '-S', 'train.rate=0.5']);
    const tag = `rates/train.rate=0.5/seed-${seed}`;
    for (const node of ['fit@fold=0.loss', 'fit@fold=1.loss', 'score.score'])
      expect((await together.restage(['get', `${tag}/${node}`, '--cache', together.cache])).stdout).toBe(
        (await alone.restage(['get', `run:latest/${node}`, '--cache', alone.cache])).stdout,
      );
  }
});

test('a branch whose stage fails is named, and the others finish', async () => {
  const lab = project(EXPERIMENT.replace('base.with({ folds: 3 })', "base.with({ train: { method: 'none' } })"));
  const done = await lab.restage(['ablate', 'rates.ts', '--reporter', 'plain', '--cache', lab.cache]);
  expect(done.code).toBe(1);
  const tree = await lab.restage(['tree', '--cache', lab.cache]);
  expect(tree.stdout).toContain('not finished with seed 0, 1');
});

test('the tree has the shared trunk once, and for each branch what it changes, adds and reaches', async () => {
  const lab = project();
  await lab.restage(['ablate', 'rates.ts', '--cache', lab.cache]);
  const tree = await lab.restage(['tree', 'rates', '--cache', lab.cache]);
  expect(tree.stdout.split('\n').map((line) => line.replace(/ams [\d.]+/, 'ams N'))).toMatchInlineSnapshot(`
    [
      "rates (run 1): 4 branches, 2 seeds, 23 states",
      "trunk, in every run: load",
      "base  ams N (mean of 2)",
      "│  its own: fit ×4, score ×2",
      "├─ without-fast  ams N (mean of 2)",
      "│     train.rate=0.01",
      "│     its own: fit ×4, score ×2",
      "├─ folds=3  ams N (mean of 2)",
      "│     its own: fit ×2, score ×2",
      "└─ train.rate=0.5  ams N (mean of 2)",
      "      its own: fit ×4, score ×2",
      "",
    ]
  `);
  const some = await lab.restage(['tree', 'rates', '--tag', 'without-*', '--json', '--cache', lab.cache]);
  expect(JSON.parse(some.stdout)).toMatchObject({ root: { name: 'base', children: [{ name: 'without-fast' }] } });
});

test('a plan of an experiment is of all its seeds, or of the one that is asked for', async () => {
  const lab = project();
  await lab.restage(['ablate', 'rates.ts', '--seeds', '1', '--cache', lab.cache]);
  const plan = async (...args: string[]) =>
    (
      JSON.parse((await lab.restage(['plan', 'rates.ts', '--json', '--cache', lab.cache, ...args])).stdout) as {
        readonly nodes: readonly { readonly status: string }[];
      }
    ).nodes.filter(({ status }) => status !== 'hit').length;
  expect(await plan('--seed', '0')).toBe(0);
  expect(await plan()).toBe(await plan('--seed', '1'));
  expect(await plan('--seed', '7')).toBeGreaterThan(0);
});

test('a drawing of an experiment that shares nothing has no trunk', async () => {
  const { drawTree } = await import('../../src/report/tree-picture.ts');
  const branch = { parent: null, changes: [], own: [], metrics: {}, runs: [] };
  const root = { ...branch, name: 'base', children: [{ ...branch, name: 'other', parent: 'base', children: [] }] };
  const tree = { study: 'apart', run: 1, seeds: [0], states: 2, root };
  const of = (trunk: Parameters<typeof drawTree>[0]['trunk']) => drawTree({ ...tree, trunk });
  expect(of([]).boxes.map(({ label }) => label)).toEqual(['base', 'other']);
  expect(of([]).arrows).toHaveLength(1);
  expect(of([{ stage: 's/load', states: 1 }]).boxes).toHaveLength(3);
});

test('two branches that build the same graph are refused by name', async () => {
  const lab = project(EXPERIMENT.replace('base.with({ folds: 3 })', 'base.with({ train: { rate: 0.01 } })'));
  const refused = await lab.restage(['ablate', 'rates.ts', '--cache', lab.cache]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('without-fast and train.rate=0.01 of experiment rates are the same');
});

test('a file without an experiment, a value that no parameter has, and an unknown experiment are refused', async () => {
  const lab = project();
  const none = await lab.restage(['ablate', 'index.ts', '--cache', lab.cache]);
  expect(none.stderr).toContain('no parameter has several values');
  lab.write('rates.ts', EXPERIMENT.replace('rate: 0.5', 'rte: 0.5'));
  const wrong = await lab.restage(['ablate', 'rates.ts', '--cache', lab.cache]);
  expect(wrong.stderr).toContain('branch train.rte=0.5');
  const unknown = await lab.restage(['tree', 'rats', '--cache', lab.cache]);
  expect(unknown.code).toBe(2);
});

test('a stage that had another name gives a branch the states of its own seed, and of no other', async () => {
  const [together, alone] = [project(), project()];
  // The states of seed 0, under the name of before.
  await together.run(['--seed', '0']);
  for (const lab of [together, alone])
    lab.edit('index.ts', "name: 'study/fit',", "name: 'other/fit',\n  renamedFrom: 'study/fit',");
  await together.restage(['ablate', 'rates.ts', '--cache', together.cache]);
  await alone.run(['--seed', '1']);
  const loss = (lab: typeof alone, run: string) => lab.restage(['get', `${run}/fit@fold=0.loss`, '--cache', lab.cache]);
  expect((await loss(together, 'rates/base/seed-1')).stdout).toBe((await loss(alone, 'run:latest')).stdout);
  expect((await loss(together, 'rates/base/seed-0')).stdout).not.toBe((await loss(alone, 'run:latest')).stdout);
});
