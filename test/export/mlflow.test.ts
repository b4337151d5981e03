/**
 * Runs of MLflow of built facts: names that it takes, histories, numbers as Python reads them, and stores that are
 * there.
 */
import fc from 'fast-check';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MetricRecord } from '../../src/store/query/attempts.ts';
import { mlflowNames } from '../../src/export/mlflow/names.ts';
import { type MetricsOf, mlflowRuns } from '../../src/export/mlflow/runs.ts';
import { writeMlflow } from '../../src/export/mlflow/write-store.ts';
import { disposableDirectory } from '../helpers/disposable.ts';
import { refuse } from '../helpers/failing-disk.ts';
import { emptyFacts, toyFacts } from './facts.ts';

const PLACE = { store: '/mlruns', experiment: '123' };
const values: readonly MetricRecord[] = [
  { name: 'loss', step: 0, value: 0.5 },
  { name: 'loss', step: 10, value: Number.NaN },
  { name: 'auc', step: null, value: Number.NEGATIVE_INFINITY },
  { name: 'auc', step: null, value: 1e-9 },
];
const metricsOf: MetricsOf = ({ stage }) => (stage === 'fit' ? values : []);

test('a node with metrics is a run below the whole one, with every step', () => {
  const runs = [...mlflowRuns(toyFacts(), metricsOf, PLACE)];
  expect(runs).toHaveLength(3);
  const [fit, , whole] = runs;
  expect(fit!.files.get('metrics/loss')).toBe('1700000002000 0.5 0\n1700000002000 nan 10\n');
  expect(fit!.files.get('metrics/auc')).toBe('1700000002000 -inf 0\n1700000002000 1e-9 1\n');
  expect(fit!.files.get('tags/mlflow.parentRunId')).toBe(whole!.id);
  expect(fit!.files.get('params/rate')).toBe('0.5');
});

test('the whole run has the parameters, the numbers of its results and what each metric came to', () => {
  const whole = [...mlflowRuns(toyFacts(), metricsOf, PLACE)].at(-1)!;
  expect(Object.fromEntries([...whole.files].filter(([path]) => path.startsWith('params/')))).toMatchObject({
    'params/rate': '0.5',
    'params/name': 'a "b"',
    'params/deep.list': '[1,2]',
    'params/seed': '7',
  });
  expect(whole.files.get('metrics/ams/ams')).toBe('1700000010000 3.5 0\n');
  expect(whole.files.get('metrics/fit_fold_0/loss')).toBe('1700000002000 nan 0\n');
  expect([...whole.artifacts.keys()]).toEqual(['artifacts/ams.json']);
});

test.each([
  ['ok', 3],
  ['failed', 4],
  ['interrupted', 5],
  ['died', 5],
  ['running', 1],
] as const)('a run that is %s has the status %i', (outcome, status) => {
  const whole = [...mlflowRuns(toyFacts({ outcome }), metricsOf, PLACE)].at(-1)!;
  expect(whole.files.get('meta.yaml')).toContain(`\nstatus: ${status}\n`);
});

test('a run without metrics, and one of which nothing ended, is one run', () => {
  expect([...mlflowRuns(toyFacts(), () => [], PLACE)]).toHaveLength(1);
  expect([...mlflowRuns(emptyFacts(), () => [], PLACE)][0]!.files.get('meta.yaml')).toContain('end_time: null');
});

test('as many values as a long training has are one file', () => {
  const many = Array.from({ length: 200_000 }, (_, step) => ({ name: 'loss', step, value: step / 7 }));
  const [fit] = mlflowRuns(toyFacts(), ({ node }) => (node === 'fit@fold=0' ? many : []), PLACE);
  const text = fit!.files.get('metrics/loss')!;
  expect(text.slice(text.lastIndexOf('\n', text.length - 2) + 1)).toBe(`1700000002000 ${199_999 / 7} 199999\n`);
});

test('every name becomes one that MLflow takes, all of them differ, and none is within another', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'a/b', 'A', '..', '../x', '/etc', '', '.', 'a//b', 'fit@fold=3', 'x'.repeat(400)),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
      const chosen = [...mlflowNames(names).values()].map((each) => each.toLowerCase());
      expect(new Set(chosen).size).toBe(names.length);
      const isGood = (each: string): boolean =>
        /^[\p{L}\p{N}\p{M}_.\- /]+$/u.test(each) &&
        each.split('/').every((part) => !['', '.', '..'].includes(part)) &&
        Buffer.byteLength(each) < 250 &&
        !chosen.some((other) => other.startsWith(`${each}/`));
      expect(chosen.filter((each) => !isGood(each))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('a store takes several runs, refuses one that it has, and takes it again with force', async () => {
  const store = join(disposableDirectory('restage-mlflow-'), 'mlruns');
  const target = { store, force: false, metricsOf, contentOf: () => Buffer.from('{}') };
  const { experiment, run, runs } = await writeMlflow(toyFacts(), target);
  expect(runs).toBe(3);
  const other = await writeMlflow(toyFacts({ run: 4, startedAt: 1_700_000_100_000 }), target);
  expect(other.experiment).toBe(experiment);
  await expect(writeMlflow(toyFacts(), target)).rejects.toThrow('has run 3 already');
  writeFileSync(join(store, experiment, run, 'params', 'old'), '');
  await writeMlflow(toyFacts(), { ...target, force: true });
  expect(existsSync(join(store, experiment, run, 'params', 'old'))).toBe(false);
  expect(readFileSync(join(store, experiment, 'meta.yaml'), 'utf8')).toContain(`experiment_id: "${experiment}"`);
  expect(readdirSync(join(store, experiment)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a run for which there is no space leaves nothing of it, and can be written once there is', async () => {
  const store = join(disposableDirectory('restage-mlflow-'), 'mlruns');
  const target = { store, force: false, metricsOf, contentOf: () => Buffer.from('{}') };
  // The last of its runs is the whole one, which has artifacts.
  const allowAgain = refuse('write', 'ENOSPC', /\.tmp\/artifacts\//);
  await expect(writeMlflow(toyFacts(), target)).rejects.toThrow(
    /cannot be written: there is no space left; free some\.$/,
  );
  allowAgain();
  const [experiment] = readdirSync(store);
  expect(readdirSync(join(store, experiment!))).toEqual(['meta.yaml']);
  expect((await writeMlflow(toyFacts(), target)).runs).toBe(3);
});

test('a folder with something else is refused, and nothing is written', async () => {
  const store = disposableDirectory('restage-mlflow-');
  mkdirSync(join(store, 'thesis'));
  const target = { store, force: true, metricsOf, contentOf: () => undefined };
  await expect(writeMlflow(toyFacts(), target)).rejects.toThrow('is not empty and no MLflow store');
  expect(readdirSync(store)).toEqual(['thesis']);
});
