/** The effect tables of a study, one for each metric, worked out from the record: the same record gives the same tables. */
import { DefinitionError } from '../errors.ts';
import type { DesignOf, MetricOf } from '../core/authoring/experiment.ts';
import type { Design } from '../core/statistics/design.ts';
import { type EffectTable, effectTable } from '../core/statistics/effect-table.ts';
import type { Observation } from '../core/statistics/observations.ts';
import type { Cache } from '../store/cache.ts';
import type { StudyRecord } from '../store/query/studies.ts';
import type { StudyDefinition } from './branch-runs.ts';
import { type MetricValue, metricValues } from './metric-values.ts';

export interface StudyEffects {
  readonly study: string;
  /** The run that made the states. */
  readonly run: number;
  readonly tables: readonly EffectTable[];
}

/** @throws DefinitionError for a metric that no branch has, or that does not fit its design */
export function studyEffects(cache: Cache, record: StudyRecord): StudyEffects {
  const definition = record.definition as StudyDefinition;
  const runs = cache.query.studies.branches(record.run);
  const tables = Object.entries(definition.metrics).map(([name, metric]) =>
    tableOf(name, metric, metricValues(cache, runs, metric), definition),
  );
  return { study: record.name, run: record.run, tables };
}

function tableOf(
  name: string,
  metric: MetricOf,
  values: readonly MetricValue[],
  { branches, seeds }: StudyDefinition,
): EffectTable {
  // A run that did not finish may be the only one so far; one that finished has its metrics.
  if (values.some(({ run }) => run !== null) && values.every(({ value }) => typeof value !== 'number'))
    throw new DefinitionError(
      `No branch has the metric ${metric.of}; "restage compare" lists the results and metrics of runs.`,
    );
  const [base, ...variants] = branches;
  const folds = [...new Set(values.flatMap(({ instance }) => (instance === null ? [] : [instance])))];
  return effectTable({
    metric: {
      name,
      better: metric.better,
      design: designOf(metric.design, folds.length, seeds.length),
      ...(metric.equivalence === undefined ? {} : { rope: metric.equivalence }),
    },
    base: base!.name,
    variants: variants.map(({ name: variant, changes }) => ({ name: variant, changes: changes.join(', ') })),
    observations: values.flatMap((value) => observationsOf(value, metric.design, folds)),
  });
}

/** What failed before it had folds lacks all of those that others have. */
function observationsOf(
  { branch, seed, instance, value }: MetricValue,
  design: DesignOf,
  folds: readonly string[],
): readonly Observation[] {
  const found =
    typeof value === 'number' ? { kind: 'value' as const, value } : { kind: 'failed' as const, why: value.missing };
  if (design !== 'cross-validation') return [{ branch, seed, found }];
  return (instance === null ? folds : [instance]).map((fold) => ({ branch, seed, fold: valueOf(fold), found }));
}

/** `3` of `fold=3`: pairs are named by seed and fold. */
function valueOf(instance: string): string {
  return /^fold=([^,]+)$/.exec(instance)?.[1] ?? instance;
}

/** @param folds how many the values have; none if nothing finished, and then there is nothing to correct */
function designOf(design: DesignOf, folds: number, seeds: number): Design {
  if (design === 'fixed-test-set') return { kind: 'fixed-test-set' };
  if (design !== 'cross-validation') return { kind: 'redrawn-split', testShare: design.redrawnSplit };
  return { kind: 'cross-validation', folds: folds === 0 ? 2 : folds, seeds };
}
