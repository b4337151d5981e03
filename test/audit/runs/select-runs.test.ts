import { describe, expect, test } from 'vitest';
import { findValue, type NamedValues } from '../../../src/audit/runs/run-value.ts';
import { type RunChoice, selectRuns } from '../../../src/audit/runs/select-runs.ts';
import { sortRuns } from '../../../src/audit/runs/sort-runs.ts';
import { makeInProcessProject } from '../../helpers/in-process-project.ts';
import { recordOf, study } from './study.ts';

/** Runs 1 to 4 are of the study, the last of them fails; run 5 is of another pipeline. */
const project = await study([], ['-S', 'train.rate=0.2'], ['--seed', '1'], ['-S', 'train.method=none']);
const other = makeInProcessProject('lab');
other.cache = project.cache;
await other.run();

function opened() {
  const record = recordOf(project);
  const ids = (choice: RunChoice): readonly number[] => selectRuns(record.world, choice).map(({ id }) => id);
  return { ...record, ids, where: (...where: readonly string[]) => ids({ where }) };
}

describe('runs are chosen', () => {
  test('by pipeline, number and outcome, the newest first', () => {
    const { ids } = opened();
    const pipelines = [{ name: 'study', source: 'index.ts' }];
    expect(ids({})).toEqual([5, 4, 3, 2, 1]);
    expect(ids({ pipelines, last: 2 })).toEqual([4, 3]);
    expect(ids({ pipelines, outcome: ['ok'], last: 2 })).toEqual([3, 2]);
    expect(ids({ outcome: ['failed,died'] })).toEqual([4]);
    expect(() => ids({ outcome: ['fialed'] })).toThrow(
      'An outcome is ok, failed, interrupted, detached, running or died',
    );
  });

  test('of the pipeline of the latest one that is meant, if they must be of one', () => {
    const { ids } = opened();
    expect(ids({ onePipeline: true })).toEqual([5]);
    expect(ids({ onePipeline: true, where: ['train.rate>0'] })).toEqual([4, 3, 2, 1]);
  });

  test('by time', () => {
    const { ids, run, cache } = opened();
    const at = new Date(run(3).startedAt).toISOString();
    expect(ids({ since: at })).toEqual([5, 4, 3]);
    expect(ids({ until: at })).toEqual([3, 2, 1]);
    expect(ids({ runs: cache.query.runs.list({ limit: 9 }), since: at })).toEqual([5, 4, 3]);
  });

  test('by tags', () => {
    const { ids, cache } = opened();
    for (const [run, tag] of [
      [1, 'lr-low'],
      [2, 'lr-high'],
      [2, 'draft'],
    ] as const)
      cache.record.tags.add({ run }, tag);
    expect(ids({ tag: 'lr-* & !draft' })).toEqual([1]);
    expect(ids({ tag: 'lr-*' })).toEqual([2, 1]);
    expect(ids({ tag: 'nothing' })).toEqual([]);
  });

  test('by parameters, facts, results and metrics, which are named in full or by their ends', () => {
    const { where } = opened();
    expect(where('train.rate<0.15')).toEqual([4, 3, 1]);
    expect(where('rate=0.2')).toEqual([2]);
    expect(where('seed=1', 'outcome=ok')).toEqual([3]);
    expect(where('ams>0.12 && events=20')).toEqual([2]);
    expect(where('fit@fold=1.folds seen=1')).toEqual([3, 2, 1]);
    expect(where('loss<4')).toEqual([2]);
    expect(where('ams.error=0.05')).toEqual([3, 2, 1]);
    expect(where('ams>100 && events=20')).toEqual([]);
  });

  test('and a name that no run has is refused with the nearest one', () => {
    const { where } = opened();
    expect(() => where('train.rat<1')).toThrow(
      'No run has a parameter, result or metric train.rat (did you mean "train.rate"?)',
    );
  });
});

describe('a name', () => {
  test('that may mean several values is refused with the candidates, unless its kind tells', () => {
    const { world, run } = opened();
    const values = world.values.of(run(1));
    // The parameter folds is complete; a metric has the same last word.
    expect(findValue(values, 'folds')).toMatchObject({ kind: 'param', value: 2 });
    const withTwo: NamedValues = {
      run: 1,
      instances: () => values.instances(),
      of: (kind) =>
        kind === 'metric'
          ? new Map(values.of(kind)).set('x.rate', { kind, name: 'x.rate', value: 1, error: null, count: 1 })
          : values.of(kind),
    };
    expect(() => findValue(withTwo, 'rate')).toThrow(
      'rate is ambiguous in run 1: it may be train.rate (a parameter), x.rate (a metric); write more of the name.',
    );
    expect(findValue(withTwo, 'metric:rate')).toMatchObject({ kind: 'metric', value: 1 });
    expect(findValue(withTwo, 'param:rate')).toMatchObject({ kind: 'param', value: 0.1 });
  });

  test('sorts runs, the largest first, and those without it last', () => {
    const { world, runs } = opened();
    const sorted = (by: string) => sortRuns(world.values, runs(1, 2, 4), by).map(({ id }) => id);
    expect(sorted('ams')).toEqual([2, 1, 4]);
    expect(sorted('ams:asc')).toEqual([1, 2, 4]);
    expect(sorted('method')).toEqual([1, 2, 4]);
    expect(() => sorted('amz')).toThrow('None of the runs has a parameter, result or metric amz (did you mean "ams"?)');
  });
});
