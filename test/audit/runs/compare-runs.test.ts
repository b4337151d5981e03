import { describe, expect, test } from 'vitest';
import { compareRuns } from '../../../src/audit/runs/compare-runs.ts';
import { columnsThatDiffer } from '../../../src/audit/runs/run-table.ts';
import { makeInProcessProject } from '../../helpers/in-process-project.ts';
import { recordOf, study } from './study.ts';

const project = await study([], ['-S', 'train.rate=0.2', '-S', 'folds=3'], ['-S', 'train.rate=0.1000000001']);
project.edit('loss.ts', '** step', '** (step + 1)');
await project.run(); // 4
project.write('data.txt', '1\n2\n4\n');
await project.run(); // 5
process.env['STUDY_UNIT'] = 'GeV';
await project.run(); // 6
await project.run(['--seed', '5']); // 7
Reflect.deleteProperty(process.env, 'STUDY_UNIT');
await project.run(['--seed', '5', '-S', 'train.method=none']); // 8
const other = makeInProcessProject('lab');
other.cache = project.cache;
await other.run(['--seed', '3']); // 9

function compared(...ids: readonly number[]) {
  const { cache, world, runs } = recordOf(project);
  return compareRuns(cache, world.values, runs(...ids));
}

describe('runs that are compared', () => {
  test('show the parameters that differ, and their numbers with the difference to the first run', () => {
    const { params, results, metrics, ...rest } = compared(1, 2);
    expect(params).toEqual([
      { name: 'folds', values: { 1: 2, 2: 3 } },
      { name: 'train.rate', values: { 1: 0.1, 2: 0.2 } },
    ]);
    expect(results.map(({ name }) => name)).toEqual(['score.ams', 'score.events']);
    expect(results[1]!.values).toEqual({
      1: { value: 20, error: null, count: 1, difference: null },
      2: { value: 30, error: null, count: 1, difference: 10 },
    });
    expect(results[0]!.values[1]).toMatchObject({ error: 0.05 });
    expect(metrics.map(({ name }) => name)).toEqual(['fit.validation loss', 'fit.folds seen']);
    expect(metrics[1]!.values).toEqual({
      1: { value: 0.5, error: null, count: 2, difference: null },
      2: { value: 1, error: null, count: 3, difference: 0.5 },
    });
    // The last step counts, not the first.
    expect(metrics[0]!.values[1]!.value).toBeCloseTo(6.5 * 0.9 ** 3, 5);
    expect(rest).toMatchObject({ facts: [], code: [], packages: [], environment: [], files: [], samePipeline: true });
  });

  test('show whose code, file, variable, package and seed differs, and only that', () => {
    const nothing = { params: [], facts: [], code: [], packages: [], environment: [], files: [] };
    expect(compared(1, 4)).toMatchObject({ ...nothing, code: [{ stage: 'study/fit' }] });
    expect(compared(4, 5)).toMatchObject({ ...nothing, files: [{ path: project.path('data.txt') }] });
    expect(compared(5, 6)).toMatchObject({
      ...nothing,
      environment: [
        {
          name: 'env.STUDY_UNIT',
          stages: ['study/score'],
          values: { 5: { preview: '(not set)' }, 6: { preview: '(set)' } },
        },
      ],
    });
    expect(compared(6, 7)).toMatchObject({ ...nothing, facts: [{ name: 'seed', values: { 6: 0, 7: 5 } }] });
  });

  test('lack what a run that failed did not make, and that is not a difference of code or files', () => {
    const { runs, results, code, files } = compared(7, 8);
    expect(runs[1]).toMatchObject({ outcome: 'failed', lost: [] });
    expect(Object.keys(results[0]!.values)).toEqual(['7']);
    expect([code, files]).toEqual([[], []]);
  });

  test('of different pipelines are compared by what both have', () => {
    const { samePipeline, params, results, facts, files } = compared(1, 9);
    expect({ samePipeline, params, results, files }).toEqual({
      samePipeline: false,
      params: [],
      results: [],
      files: [],
    });
    expect(facts.map(({ name }) => name)).toEqual(['seed']);
  });

  test('say of a result that its bytes are gone', () => {
    const { cache, world, runs } = recordOf(project);
    // As `fsck --repair` leaves it.
    const read = cache.query.runs.resultOutputs.bind(cache.query.runs);
    Object.assign(cache.query.runs, {
      resultOutputs: (run: number) =>
        read(run).map((result) => ({ ...result, artifact: { ...result.artifact!, inline: null } })),
    });
    const {
      runs: [only],
      results,
    } = compareRuns(cache, world.values, runs(1));
    expect(results).toEqual([]);
    expect(only!.lost).toMatchObject([{ name: 'score' }]);
  });

  test('are told apart by the parameters and results that differ; by metrics where no result does', () => {
    expect(columnsThatDiffer(compared(1, 2)).map(({ name }) => name)).toEqual(['train.rate', 'score.ams']);
    expect(columnsThatDiffer(compared(1, 3)).map(({ name }) => name)).toEqual(['train.rate', 'fit.validation loss']);
  });
});
