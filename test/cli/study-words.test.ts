/** An experiment, a branch of it, and a branch with a seed, wherever a verb takes a run. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

const EXPERIMENT = `
import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'rates',
  pipeline: study,
  branches: (base) => [
    base.with({ folds: 3 }),
    base.with({ train: { rate: 0.5 } }).as('fast'),
    base.with({ train: { method: 'none' } }).as('lost'),
  ],
  seeds: 2,
  metrics: { ams: { of: 'score.ams', better: 'higher', design: 'fixed-test-set' } },
});
`;

let lab: InProcessProject;
beforeAll(async () => {
  lab = makeInProcessProject('study').write('rates.ts', EXPERIMENT);
  expect((await lab.restage(['ablate', 'rates.ts', '--cache', lab.cache])).code).toBe(1);
});

async function said(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.restage([...args, '--cache', lab.cache]);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function refusal(...args: readonly string[]): Promise<string> {
  const { code, stderr } = await lab.restage([...args, '--cache', lab.cache]);
  expect(code).toBe(2);
  return stderr.trimEnd();
}

describe('log', () => {
  test('of an experiment lists the runs of its branches, the base first, and says which are not complete', async () => {
    const lines = (await said('log', 'rates')).trimEnd().split('\n');
    const tags = lines.flatMap((line) => /rates\/\S+/.exec(line)?.[0] ?? []);
    expect(tags).toEqual(
      ['base/seed-0', 'base/seed-1', 'folds=3/seed-0', 'folds=3/seed-1', 'fast/seed-0', 'fast/seed-1'].map(
        (run) => `rates/${run}`,
      ),
    );
    expect(lines.at(-1)).toMatch(/^lost with seed 1 is not complete: .*fit@fold=0 and \d more did not finish$/);
  });

  test('of a branch lists its runs, and of a branch with a seed shows that run', async () => {
    const { runs } = JSON.parse(await said('log', 'rates/fast', '--json')) as {
      runs: { seed: number; tags: string[] }[];
    };
    expect(runs.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(await said('log', 'rates/fast/seed-1')).toMatch(/^run \d+ of study, ok: /);
    expect(await said('log', 'rates/lost')).toContain('lost with seed 0 is not complete');
  });
});

describe('why', () => {
  test('of a branch compares it with the base with the same seed', async () => {
    const text = await said('why', 'rates/fast');
    expect(text).toMatch(/^fast against base, with seed 0, the first of 2 that both have\n/);
    expect(text).toContain('param rate  0.1 -> 0.5');
    expect(text).not.toContain('seed  0');
  });

  test('of two branches compares them, and of an experiment each of its branches', async () => {
    expect(await said('why', 'rates/folds=3', 'rates/fast')).toMatch(/^fast against folds=3, with seed 0/);
    const told = JSON.parse(await said('why', 'rates', '--json')) as {
      kind: string;
      branches: { after: string; seeds: number[]; why: { causes: { change: { kind: string } }[] } }[];
    };
    expect(told.kind).toBe('why-branches');
    // No run of the branch that fails is complete.
    expect(told.branches.map(({ after, seeds }) => [after, ...seeds])).toEqual([
      ['folds=3', 0, 1],
      ['fast', 0, 1],
    ]);
    expect(told.branches[1]!.why.causes.map(({ change }) => change.kind)).toEqual(['param']);
  });

  test('refuses the base alone, a branch that is not complete, and a branch beside something else', async () => {
    expect(await refusal('why', 'rates/base')).toContain(
      'base is what the other branches of rates are compared with; name one of them: folds=3, fast, lost.',
    );
    expect(await refusal('why', 'rates/lost')).toContain('complete with the same seed');
    expect(await refusal('why', 'rates/fast', 'run:1')).toContain('name two of one kind');
  });
});

describe('plan and status', () => {
  test('take the name of an experiment in place of its file, and a branch of it', async () => {
    expect(await said('status', 'rates')).toBe(await said('status', 'rates.ts'));
    const lines = (await said('status', 'rates/fast')).split('\n');
    expect(lines[0]).toBe('study/rates: all 7 nodes are up to date');
    expect(lines.filter((line) => /^(base|fast|folds=3|lost) /.test(line))).toEqual(['fast    2/2      7']);
    expect(await said('plan', 'rates/fast')).toContain('nothing to run, all 7 nodes are up to date');
    expect(await said('plan', 'rates')).toContain('study/rates: 4 to run, 2 pending');
  });

  test('refuse a branch that the file no longer has, instead of calling it up to date', async () => {
    lab.write('rates.ts', EXPERIMENT.replace(".as('fast')", ".as('quick')"));
    for (const verb of ['status', 'plan'])
      expect(await refusal(verb, 'rates/fast')).toBe(
        'restage: The experiment has no branch fast any more; it has base, folds=3, quick, lost.',
      );
    lab.write('rates.ts', EXPERIMENT);
  });

  test('plan a pipeline like a branch', async () => {
    const { stdout, stderr } = await lab.restage(['plan', '.', '--like', 'rates/fast', '--cache', lab.cache]);
    expect(stderr).toMatch(/^restage: like run \d+, with its parameters and seed\n$/);
    expect(stdout).toContain('all 4 nodes are up to date');
  });
});

test('compare takes an experiment or branches for all of their runs', async () => {
  const { runs } = JSON.parse(await said('compare', 'rates/base', 'rates/fast', '--json')) as { runs: unknown[] };
  expect(runs).toHaveLength(4);
  expect((JSON.parse(await said('compare', 'rates', '--json')) as { runs: unknown[] }).runs).toHaveLength(6);
});

test('tree of a branch shows it under the base', async () => {
  const { root } = JSON.parse(await said('tree', 'rates/fast', '--json')) as {
    root: { name: string; children: { name: string }[] };
  };
  expect([root.name, ...root.children.map(({ name }) => name)]).toEqual(['base', 'fast']);
});

test('a verb that needs one run names the runs, and a branch that does not exist is refused with the nearest name', async () => {
  const several =
    'rates/fast is a branch of experiment rates, with 2 runs; name one of them, such as rates/fast/seed-0.';
  for (const verb of ['show', 'cost', 'verify']) expect(await refusal(verb, 'rates/fast')).toContain(several);
  expect(await refusal('show', 'rates')).toContain('rates is all branches of experiment rates, with 6 runs; name one');
  expect(await refusal('show', 'rates/lost')).toContain('no run of it is complete');
  expect(await refusal('show', 'rates/lost/seed-1')).toContain('rates/lost is not complete with seed 1: ');
  for (const verb of ['log', 'why', 'tree', 'plan', 'status'])
    expect(await refusal(verb, 'rates/fst')).toContain('Experiment rates has no branch fst (did you mean "fast"?)');
});

test('a branch with a seed is the one of the latest run of the experiment, although its tag is on an earlier run too', async () => {
  const before = JSON.parse(await said('log', 'rates/fast/seed-0', '--json')) as { id: number };
  lab.edit('index.ts', 'toFixed(4)', 'toFixed(3)');
  expect((await lab.restage(['ablate', 'rates.ts', '--cache', lab.cache])).code).toBe(1);
  const after = JSON.parse(await said('log', 'rates/fast/seed-0', '--json')) as { id: number };
  expect(after.id).toBeGreaterThan(before.id);
  expect(await said('get', 'rates/fast/seed-0/score.score')).toMatch(/"value": \d\.\d{1,3}\n/);
});

test('cost tells an experiment as one run, and nothing that it executed as saved', async () => {
  const { runs } = JSON.parse(await said('cost', '--json')) as {
    readonly runs: readonly { readonly run: number; readonly ran: number; readonly savedSeconds: number }[];
  };
  const first = runs.at(-1)!;
  expect(first.run).toBe(1);
  expect(first.ran).toBeGreaterThan(0);
  expect(first.savedSeconds).toBe(0);
  const branches = (await said('log', 'rates')).split('\n').flatMap((line) => /^ *(\d+) /.exec(line)?.[1] ?? []);
  expect(branches.length).toBeGreaterThan(2);
  expect(runs.filter(({ run }) => branches.includes(String(run)))).toEqual([]);
  // A branch can still be asked about by itself.
  expect(await said('cost', 'rates/base/seed-0')).toContain('from the cache');
});
