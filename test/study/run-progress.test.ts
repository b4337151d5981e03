/** What the run of an experiment tells while it runs. */
import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';
import type { ExperimentRun, RunEvent, RunStarted } from '../../src/events.ts';

const EXPERIMENT = `
import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'rates',
  pipeline: study,
  branches: (base) => [base.with({ folds: 3 }), base.with({ train: { rate: 0.5 } })],
  seeds: 2,
  metrics: {
    ams: { of: 'score.ams', better: 'higher', design: 'fixed-test-set' },
    loss: { of: 'fit.validation loss', better: 'lower', design: 'cross-validation' },
    typo: { of: 'score.asm', better: 'higher', design: 'fixed-test-set' },
  },
});
`;

interface Table {
  readonly metric: { readonly name: string };
  readonly rows: readonly { readonly variant: string; readonly variantMean: number }[];
}

function ablating(experiment: string) {
  const lab = makeInProcessProject('study');
  lab.write('rates.ts', experiment);
  const command = ['ablate', 'rates.ts', '--reporter', 'json', '--cache', lab.cache];
  const told = async () => {
    const { stdout } = await lab.restage(command);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent | { readonly type: 'ablation'; readonly tables: readonly Table[] });
  };
  return { lab, told };
}

test('each branch with a seed is told once, when its last node has a state, with the metrics that the effects have', async () => {
  const { told } = ablating(EXPERIMENT.replace(/ {4}typo.*\n/, ''));
  const lines = await told();
  const started = lines.find((line): line is RunStarted => line.type === 'run-started')!;
  const outline = started.experiment!;
  expect(outline.runs.map(({ branch, seed }) => `${branch}/${seed}`)).toEqual([
    'base/0',
    'base/1',
    'folds=3/0',
    'folds=3/1',
    'train.rate=0.5/0',
    'train.rate=0.5/1',
  ]);
  expect(Object.keys(outline.nodes)).toHaveLength(started.nodes);
  const complete = lines.filter((line): line is ExperimentRun => line.type === 'experiment-run');
  expect(complete.map(({ branch, seed }) => `${branch}/${seed}`).toSorted()).toEqual(
    outline.runs.map(({ branch, seed }) => `${branch}/${seed}`).toSorted(),
  );
  for (const run of complete) {
    const at = lines.indexOf(run);
    const position = outline.runs.findIndex(({ branch, seed }) => branch === run.branch && seed === run.seed);
    const needed = Object.keys(outline.nodes).filter((node) => outline.nodes[node]!.includes(position));
    const last = Math.max(
      ...needed.map((node) =>
        lines.findIndex((line) => (line.type === 'node-ran' || line.type === 'node-hit') && line.node === node),
      ),
    );
    expect(at).toBeGreaterThan(last);
    const between = lines.slice(last + 1, at);
    expect(between.every(({ type }) => type === 'experiment-run')).toBe(true);
  }
  const effects = lines.at(-1)!;
  if (effects.type !== 'ablation') throw new Error('the effects are not the last line');
  for (const { metric, rows } of effects.tables)
    // The other variant has a fold that is none of the base's, so its pairs leave one out.
    for (const { variant, variantMean } of rows.filter(({ variant }) => variant === 'train.rate=0.5')) {
      const values = complete.filter(({ branch }) => branch === variant).map(({ values }) => values[metric.name]!);
      expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(variantMean, 12);
    }
});

test('what is found is told as well, and a metric that no branch has is null', async () => {
  const { told, lab } = ablating(EXPERIMENT);
  await lab.run(['--seed', '0']);
  const complete = (await told()).filter((line): line is ExperimentRun => line.type === 'experiment-run');
  expect(complete).toHaveLength(6);
  for (const { values } of complete) {
    expect(values['ams']).toEqual(expect.any(Number));
    expect(values['typo']).toBeNull();
  }
  const again = (await told()).filter((line) => line.type === 'experiment-run');
  expect(again).toHaveLength(6);
});
