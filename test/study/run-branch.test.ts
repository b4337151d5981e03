import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

async function ran() {
  const lab = makeInProcessProject('study');
  await lab.run(['--seed', '3']);
  return lab;
}

const digestOf = async (lab: Awaited<ReturnType<typeof ran>>, what: string) =>
  (JSON.parse((await lab.restage(['show', what, '--json', '--cache', lab.cache])).stdout) as { digest: string }).digest;

test('a branch of a run keeps what its parameters do not change, though the code has moved on', async () => {
  const lab = await ran();
  // The code of load and fit is other than what run 1 executed.
  lab.edit('index.ts', "metric('folds seen', fold);", "metric('folds seen', fold + 1);");
  lab.edit('index.ts', '.split(', '.trimEnd().split(');
  const branch = await lab.restage([
    'branch',
    'run:1',
    '--as',
    'wider',
    '-S',
    'folds=3',
    '--reporter',
    'json',
    '--cache',
    lab.cache,
  ]);
  expect(branch.stderr).toBe('restage: wider keeps 3 nodes of run 1 as they were\n');
  expect(branch.code).toBe(0);
  const { nodes } = JSON.parse((await lab.restage(['log', 'wider', '--json', '--cache', lab.cache])).stdout) as {
    nodes: readonly { node: string; outcome: string }[];
  };
  expect(nodes.map(({ node, outcome }) => `${node} ${outcome}`).toSorted()).toEqual([
    'fit@fold=0 hit',
    'fit@fold=1 hit',
    'fit@fold=2 ran',
    'load hit',
    'score ran',
  ]);
});

test('a branch has the nodes and results that it kept, so a comparison with its run names what differs alone', async () => {
  const lab = makeInProcessProject('lab');
  await lab.run();
  await lab.restage(['branch', 'run:1', '--as', 'fine', '-S', 'digits=4', '--cache', lab.cache]);
  const asked = async (...args: readonly string[]) =>
    JSON.parse((await lab.restage([...args, '--json', '--cache', lab.cache])).stdout) as Record<string, unknown>;
  const { causes } = (await asked('why', '1', '2')) as { causes: { change: object; nodes: string[] }[] };
  expect(causes).toMatchObject([{ change: { kind: 'param', name: 'digits' }, nodes: ['note'] }]);
  expect(await asked('diff', '1', '2')).toMatchObject({
    structure: { added: [], removed: [], rewired: [] },
    onlyBefore: [],
    firstDivergence: { node: 'note' },
  });
  expect((await lab.restage(['show', 'run:2', '--nodes', '--cache', lab.cache])).stdout).toContain('kept of run 1');
});

test('a branch with a seed computes what the run with these parameters would have computed', async () => {
  const lab = await ran();
  await lab.restage(['branch', 'run:1', '--as', 'three', '-S', 'folds=3', '--cache', lab.cache]);
  const whole = await lab.run(['--seed', '3', '-S', 'folds=3']);
  expect(whole.report?.counts).toMatchObject({ ran: 0 });
  expect(await digestOf(lab, 'three/score.score')).toBe(await digestOf(lab, 'run:latest/score.score'));
});

test('a branch of a branch keeps what that one had kept; the tree shows both', async () => {
  const lab = await ran();
  await lab.restage(['branch', 'run:1', '--as', 'three', '-S', 'folds=3', '--cache', lab.cache]);
  const again = await lab.restage(['branch', 'three', '--as', 'four', '-S', 'folds=4', '--cache', lab.cache]);
  expect(again.stderr).toContain('keeps 4 nodes of run 2');
  const tree = await lab.restage(['tree', 'run:1', '--json', '--cache', lab.cache]);
  expect(JSON.parse(tree.stdout)).toMatchObject({
    root: {
      run: 1,
      children: [{ tags: ['three'], changes: ['folds=3'], children: [{ tags: ['four'], changes: ['folds=4'] }] }],
    },
  });
});

test('a branch of a state keeps it and what it needed, and runs everything else where the code differs', async () => {
  const lab = await ran();
  lab.edit('index.ts', "metric('folds seen', fold);", "metric('folds seen', fold + 1);");
  const branch = await lab.restage(['branch', 'run:1/fit@fold=0', '--as', 'other', '--cache', lab.cache]);
  expect(branch.code).toBe(0);
  const { nodes } = JSON.parse((await lab.restage(['log', 'other', '--json', '--cache', lab.cache])).stdout) as {
    nodes: readonly { node: string; outcome: string }[];
  };
  const made = nodes.filter(({ outcome }) => outcome !== 'hit');
  expect(made.map(({ node }) => node).toSorted()).toEqual(['fit@fold=1', 'score']);
});

test('bytes of kept nodes that are gone are made again from the record', async () => {
  const lab = makeInProcessProject('lab');
  await lab.run();
  rmSync(join(lab.cache, 'objects'), { recursive: true });
  const branch = await lab.restage(['branch', 'run:1', '--as', 'scaled', '-S', 'factor=5', '--cache', lab.cache]);
  expect(branch.stderr).toContain('keeps 5 nodes of run 1');
  expect(branch.code).toBe(0);
});

test('refused: a branch that changes what it keeps, one that changes nothing, one without a name, what names none', async () => {
  const lab = await ran();
  const spoilt = await lab.restage([
    'branch',
    'run:1/fit@fold=0',
    '--as',
    'x',
    '-S',
    'train.rate=0.5',
    '--cache',
    lab.cache,
  ]);
  expect(spoilt.stderr).toContain('keeps fit@fold=0 of run 1 as it was, but its parameters change fit@fold=0');
  const same = await lab.restage(['branch', 'run:1', '--as', 'x', '--cache', lab.cache]);
  expect(same.stderr).toContain('changes nothing of run 1');
  expect((await lab.restage(['branch', 'run:1', '--cache', lab.cache])).code).toBe(2);
  expect((await lab.restage(['branch', 'run:9', '--as', 'x', '--cache', lab.cache])).code).toBe(2);
  const { runs } = JSON.parse((await lab.restage(['log', '--json', '--cache', lab.cache])).stdout) as {
    runs: unknown[];
  };
  expect(runs).toHaveLength(1);
});

test('a node whose latest visit failed is refused: its older state is not gone on from without a word', async () => {
  const lab = await ran();
  await lab.run(['--seed', '3', '-S', 'train.method=none']);
  const refused = await lab.restage(['branch', 'fit@fold=0', '--as', 'x', '-S', 'folds=3', '--cache', lab.cache]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('has no state to go on from');
});
