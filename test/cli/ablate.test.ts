/**
 * What `ablate`, `branch` and `tree` say about experiments that are wrong, that fail in part, or that are called
 * unkindly.
 */
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

interface Parts {
  readonly branches?: string;
  readonly metric?: string;
  readonly rest?: string;
}

const METRIC = "of: 'score.ams', better: 'higher', design: 'fixed-test-set'";

function lab({ branches = 'base.with({ folds: 3 })', metric = METRIC, rest = 'seeds: 2' }: Parts = {}) {
  const made = makeInProcessProject('study');
  made.write(
    'tried.ts',
    `import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'tried',
  pipeline: study,
  components: { speed: { off: { train: { rate: 0.01 } } } },
  branches: (base) => [${branches}],
  metrics: { goal: { ${metric} } },
  ${rest},
});
`,
  );
  const call = (...args: string[]) => made.restage([...args, '--cache', made.cache]);
  return { project: made, call, ablate: (...args: string[]) => call('ablate', 'tried.ts', ...args) };
}

/** Lines that belong together as one, however they were wrapped. */
const unwrapped = (text: string): string => text.replaceAll(/\n {2}(?=\S)/g, ' ');

describe('an experiment that is wrong is refused before anything runs:', () => {
  test.each<[string, Parts, string]>([
    [
      'an unknown component',
      { branches: "base.without('sped')" },
      'no component sped to leave out (did you mean "speed"?)',
    ],
    ['an unknown parameter', { branches: 'base.with({ fold: 3 })' }, 'did you mean "folds"?'],
    ['an unknown path of a sweep', { branches: "base.sweep('train.rte', [1])" }, 'did you mean "train.rate"?'],
    [
      'a list that holds something else than branches',
      { branches: 'undefined as never' },
      'Branch 1 of experiment tried is undefined',
    ],
    ['no branch at all', { branches: '' }, 'tried has no branch besides the base'],
    ['an order with a name twice', { branches: "...base.cumulative(['speed', 'speed'])" }, 'names speed twice'],
    ['an empty factorial', { branches: '...base.factorial({})' }, 'factorial() has no factor'],
    ['a value of another type', { branches: "base.sweep('folds', ['many'])" }, 'branch folds=many'],
    [
      'two branches that are the same',
      { branches: 'base.with({ folds: 2 })' },
      'base and folds=2 of experiment tried are the same',
    ],
    ['more runs than are made without asking', { rest: 'seeds: 600' }, 'This makes 1,200 runs'],
    ['a name of a metric that would end a line', { rest: "metrics: { 'a\\nb': {} }" }, 'metric named "a\\nb"'],
  ])('%s', async (_, parts, words) => {
    const { ablate, call } = lab(parts);
    const refused = await ablate();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr.trimEnd()).not.toContain('\n');
    expect((await call('log')).stdout).toContain('No run is on record');
  });

  test.each<[string, readonly string[], string]>([
    [
      'a forest plot in another format',
      ['-S', 'folds=2,3', '--metric', 'score.ams:higher', '--forest', 'plot.png'],
      'ends with .svg, not plot.png',
    ],
    ['a sweep without a metric', ['-S', 'folds=2,3'], '--metric score.ams:higher'],
    ['a metric without a direction', ['-S', 'folds=2,3', '--metric', 'score.ams'], 'does not say what is better'],
    ['a design that there is not', ['-S', 'folds=2,3', '--metric', 'score.ams:higher:hold'], 'has the design hold'],
    ['no seed at all', ['-S', 'folds=2,3', '--metric', 'score.ams:higher', '--seeds', '0'], '--seeds 0'],
    [
      'more runs than are made without asking',
      [
        '-S',
        `folds=${Array.from({ length: 40 }, (_, k) => k + 1).join()}`,
        '--metric',
        'score.ams:higher',
        '--seeds',
        '30',
      ],
      'This makes 1,230 runs',
    ],
  ])('%s, from the command line', async (_, args, words) => {
    const { call } = lab();
    const refused = await call('ablate', 'index.ts', ...args);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain(words);
  });
});

describe('an experiment that is incomplete says so:', () => {
  test('a metric that one branch lacks is missing in its pairs', async () => {
    const { ablate } = lab({
      metric: "of: 'fit@fold=2.folds seen', better: 'lower', design: 'fixed-test-set'",
      branches: 'base.with({ folds: 2 })',
      rest: 'seeds: 2, base: { folds: 3 }',
    });
    const done = await ablate();
    expect(done.code).toBe(0);
    expect(unwrapped(done.stdout)).toContain(
      'folds=2 lacks the pairs seed=0; seed=1: the variant: no fit@fold=2.folds seen.',
    );
    expect(done.stdout).toMatch(/^folds=2 .* 0 of 2$/m);
  });

  test('a metric that no branch has is refused by name, and what ran is kept', async () => {
    const { ablate, call } = lab({ metric: METRIC.replace('score.ams', 'score.amz') });
    const done = await ablate();
    expect(done.code).toBe(2);
    expect(done.stderr).toContain('No branch has the metric score.amz (did you mean "score.ams"?)');
    expect((await call('log', 'tried/base/seed-0')).code).toBe(0);
  });

  test('with one seed there is no interval, and the plan and the table say why', async () => {
    const { ablate } = lab();
    expect((await ablate('--plan', '--seeds', '1')).stdout).toContain('one seed has no spread');
    const done = await ablate('--seeds', '1');
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('folds=3 has no interval: one pair has no spread; give more seeds.');
  });

  test('a failed fold takes its pairs out by name, in each design', async () => {
    const branches = "base.with({ folds: 3 }), base.with({ train: { method: 'none' } })";
    const folds = lab({ branches, metric: "of: 'fit.validation loss', better: 'lower', design: 'cross-validation'" });
    const done = await folds.ablate();
    expect(done.code).toBe(1);
    const said = unwrapped(done.stdout);
    for (const fold of [0, 1])
      expect(said).toContain(
        `train.method=none lacks the pairs seed=0, fold=${fold}; seed=1, fold=${fold}: the variant: fit@fold=${fold} did not finish.`,
      );
    expect(said).toContain('train.method=none has no value.');
    const seeds = lab({ branches });
    expect(unwrapped((await seeds.ablate()).stdout)).toContain('train.method=none lacks the pairs seed=0; seed=1');
  });

  test('where nothing finished, the table has no numbers and each pair is named', async () => {
    const { ablate } = lab({
      rest: "base: { train: { method: 'none' } }",
      metric: "of: 'fit.validation loss', better: 'lower', design: 'cross-validation'",
    });
    const done = await ablate();
    expect([done.code, done.stderr]).toEqual([1, '']);
    expect(done.stdout).toContain('folds=3 has no interval: no pair has both values.');
  });
});

describe('names and values that are not kind', () => {
  const HOSTILE = 'a|b & <i>\\n\\u001b[31m\\u202e_%';

  test('never reach the terminal or a file with a control character, and break no row', async () => {
    const { ablate, call, project } = lab({ branches: `base.with({ train: { method: '${HOSTILE}' } })` });
    const texts = [
      (await ablate('--plan')).stdout,
      (await ablate()).stdout,
      (await ablate('--markdown')).stdout,
      (await ablate('--latex')).stdout,
      (await ablate('--csv')).stdout,
      (await ablate('--json', '--forest', 'forest.svg')).stdout,
      (await call('tree')).stdout,
      (await call('tree', '-o', 'tree.svg')).stdout,
      project.read('tree.svg'),
      project.read('forest.svg'),
    ];
    for (const text of texts) {
      expect(text.length).toBeGreaterThan(0);
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      expect(text).not.toContain('<i>\n');
    }
    for (const text of texts.slice(0, 8)) expect(text).not.toContain('\u202e');
    const [, , row] = texts[2]!.split('\n');
    expect(row!.match(/(?<!\\)\|/g)).toHaveLength(10);
  });
});

describe('a tree', () => {
  test('names the seeds with which a branch did not finish, in 80 columns', async () => {
    const { ablate, project } = lab({
      branches:
        "base.with({ folds: 3 }), base.with({ train: { method: 'none' } }), base.without('speed').with({ folds: 9 }).as('a-branch-with-a-name-that-is-as-long-as-the-names-of-branches-of-branches-come-to-be')",
    });
    await ablate();
    const { stdout } = await project.restage(['tree', '--cache', project.cache]);
    expect(stdout).toMatch(/^├─ train\.method=none$/m);
    expect(stdout).toMatch(/^│ {5}not finished with seed 0, 1$/m);
    const { Command } = await import('../helpers/command.ts');
    const narrow = await new Command(['tree', '--cache', project.cache], { cwd: project.root, columns: 80 }).outcome;
    const lines = narrow.stdout.replaceAll(/\u001b\[\d+m/g, '').split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toContain('not finished with seed 0, 1');
  });

  test('of an unknown name says what is on record', async () => {
    const { ablate, call } = lab();
    await ablate();
    expect((await call('tree', 'tired')).stderr).toContain(
      'No experiment named tired is on record (did you mean "tried"?)',
    );
    expect((await call('tree', 'tried/base/seed-0', '--tag', 'x')).stderr).toContain('are for experiments');
    expect((await call('tree', '-o', 'tree.png')).stderr).toContain('use .svg or .dot');
  });
});

describe('a branch', () => {
  test('of a run whose pipeline is gone from disk is refused, and says where it was', async () => {
    const { project, call } = lab();
    await project.run();
    rmSync(project.path('index.ts'));
    const refused = await call('branch', 'run:1', '--as', 'more', '-S', 'folds=3');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('index.ts');
    expect(refused.stderr.trimEnd()).not.toContain('\n');
  });

  test('of an artifact or of a code is refused', async () => {
    const { project, call } = lab();
    await project.run();
    const refused = await call('branch', 'run:1/score.score', '--as', 'more', '-S', 'folds=3');
    expect(refused.stderr).toContain('neither a run nor a state');
  });
});
