/** The values of a study's metrics, read from the runs of its branches: one a seed or, in a cross-validation, one a fold. */
import { groupOf, type RunValues, RunValuesReader } from '../audit/runs/run-values.ts';
import { endsWith, findValue } from '../audit/runs/run-value.ts';
import type { MetricOf } from '../core/authoring/experiment.ts';
import type { Cache } from '../store/cache.ts';
import type { StudyBranchRun } from '../store/record/studies.ts';

/** What pairs a value of one branch with that of another: the seed and, in a cross-validation, the node's instance. */
export interface PairName {
  readonly seed: number;
  /** `fold=3` of `train-fold@fold=3`; null where the metric is one number a run. */
  readonly instance: string | null;
}

export type MetricValue = PairName & {
  readonly branch: string;
  /** A number, or why there is none, in a few words. */
  readonly value: number | { readonly missing: string };
  /** The run that it comes from. */
  readonly run: number | null;
};

/** @throws UsageError for a name that several values of a run have */
export function metricValues(cache: Cache, runs: readonly StudyBranchRun[], metric: MetricOf): readonly MetricValue[] {
  const reader = new RunValuesReader(cache);
  return runs.flatMap(({ branch, seed, run, missing }): readonly MetricValue[] => {
    const lacks = (why: string): readonly MetricValue[] => [
      { branch, seed, instance: null, run, value: { missing: why } },
    ];
    if (run === null)
      return lacks(`${missing[0]!}${missing.length === 1 ? '' : ` and ${missing.length - 1} more`} did not finish`);
    const values = reader.of(cache.query.runs.get(run)!);
    const found = metric.design === 'cross-validation' ? instancesOf(values, metric.of) : single(values, metric.of);
    if (found.length === 0) return lacks(`no ${metric.of}`);
    return found.map(([instance, value]) => ({
      branch,
      seed,
      instance,
      run,
      value: Number.isFinite(value) ? value : { missing: `${metric.of} is ${value}` },
    }));
  });
}

type Found = readonly (readonly [instance: string | null, value: number])[];

function single(values: RunValues, of: string): Found {
  const found = findValue(values, of);
  return typeof found?.value === 'number' ? [[null, found.value]] : [];
}

/** `train-fold.loss` of `train-fold@fold=0.loss`, `train-fold@fold=1.loss`, ... */
function instancesOf(values: RunValues, of: string): Found {
  return [...values.instances().values()].flatMap(({ name, value }) => {
    const [, node, instance, metric] = /^([^@]+)@((?:[^.]|\.\d)+)\.(.+)$/.exec(name) ?? [];
    return node !== undefined && endsWith(`${groupOf(node)}.${metric!}`, of) ? [[instance!, value] as const] : [];
  });
}
