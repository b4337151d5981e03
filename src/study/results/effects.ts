/**
 * The effect tables of a study, worked out from the record: for each metric one in which every branch is compared with
 * the base, and one for each cumulative path. The same record gives the same tables.
 */
import { DefinitionError } from '../../errors.ts';
import type { DesignOf, MetricOf } from '../../core/authoring/experiment.ts';
import type { Design } from '../../core/statistics/design.ts';
import { type EffectInputs, STATISTICS_VERSION } from '../../core/statistics/effect-record.ts';
import { type EffectTable, effectTable, type TableVariant } from '../../core/statistics/effect-table.ts';
import { mean } from '../../core/statistics/moments.ts';
import type { Observation } from '../../core/statistics/observations.ts';
import { RunValuesReader } from '../../audit/runs/run-values.ts';
import { valueMeant } from '../../audit/runs/run-value.ts';
import type { Cache } from '../../store/cache.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import { type MetricValue, metricValues } from './metric-values.ts';
import type { StudyDefinition } from '../definition/study-definition.ts';

/** A table, and what it was worked out from. */
export interface StudyTable {
  readonly table: EffectTable;
  readonly inputs: EffectInputs;
}

const LEVEL = 0.95;

/** @throws DefinitionError for a metric that no branch has, or that does not fit its design */
export function studyTables(cache: Cache, record: StudyRecord): readonly StudyTable[] {
  const definition = record.definition as StudyDefinition;
  return Object.entries(definition.metrics).flatMap(([name, metric]) => {
    const values = metricValues(cache, record, metric);
    // A run that did not finish may be the only one so far; one that finished has its metrics.
    const finished = cache.query.studies.branches(record.run).flatMap(({ run }) => (run === null ? [] : [run]));
    if (finished.length > 0 && values.every(({ found }) => found.kind === 'failed'))
      throw new DefinitionError(
        `No branch has the metric ${metric.of}${why(values) || meant(cache, finished[0]!, metric.of)}; "restage compare" lists the results and metrics of runs.`,
      );
    return comparisons(definition).map((compared) => tableOf(name, metric, values, compared, definition.seeds.length));
  });
}

/** The first thing that is wrong with what is there. */
function why(values: readonly MetricValue[]): string {
  const [first] = values;
  return first?.found.kind === 'failed' && first.found.why?.startsWith('no ') === false ? ` (${first.found.why})` : '';
}

/** ` (did you mean "ams"?)` or nothing. */
function meant(cache: Cache, run: number, of: string): string {
  return valueMeant([new RunValuesReader(cache).of(cache.query.runs.get(run)!)], of);
}

interface Comparison {
  readonly base: string;
  readonly variants: readonly TableVariant[];
  readonly isPath: boolean;
}

function comparisons({ branches, paths = [] }: StudyDefinition): readonly Comparison[] {
  const [base, ...variants] = branches;
  return [
    {
      base: base!.name,
      variants: variants.map(({ name, changes }) => ({ name, changes: changes.join(', '), base: base!.name })),
      isPath: false,
    },
    ...paths.map(([first, ...steps]): Comparison => ({
      base: first!.branch,
      variants: steps.map(({ branch, changes }, index) => ({
        name: branch,
        changes: changes.join(', '),
        base: (index === 0 ? first! : steps[index - 1]!).branch,
      })),
      isPath: true,
    })),
  ];
}

function tableOf(
  name: string,
  metric: MetricOf,
  all: readonly MetricValue[],
  { base, variants, isPath }: Comparison,
  seeds: number,
): StudyTable {
  const folds = [...new Set(all.flatMap(({ instance }) => (instance === null ? [] : [instance])))];
  const names = new Set([base, ...variants.map((variant) => variant.name)]);
  const values = all
    .filter(({ branch }) => names.has(branch))
    .flatMap((value) => foldsOf(value, metric.design, folds).map((fold) => ({ ...value, fold })));
  const table = {
    name,
    better: metric.better,
    design: designOf(metric.design, folds.length, seeds),
    ...(metric.equivalence === undefined ? {} : { rope: metric.equivalence }),
  };
  return {
    table: effectTable({
      metric: table,
      base,
      variants,
      level: LEVEL,
      isPath,
      observations: values.map(observationOf),
    }),
    inputs: {
      statistics: STATISTICS_VERSION,
      metric: { ...table, of: metric.of },
      level: LEVEL,
      base,
      variants,
      isPath,
      values: values.map(({ branch, seed, fold, found, sources }) => ({
        branch,
        seed,
        fold,
        value: found.kind === 'value' ? found.value : found.kind === 'events' ? mean(found.values) : null,
        why: found.kind === 'failed' ? (found.why ?? 'failed') : null,
        sources,
      })),
    },
  };
}

function observationOf(value: MetricValue & { readonly fold: string | null }): Observation {
  const { branch, seed, fold, found } = value;
  return fold === null ? { branch, seed, found } : { branch, seed, fold, found };
}

/** What failed before it had folds lacks all of those that others have. */
function foldsOf({ instance }: MetricValue, design: DesignOf, folds: readonly string[]): readonly (string | null)[] {
  if (design !== 'cross-validation') return [null];
  return (instance === null ? folds : [instance]).map(foldName);
}

/** `3` of `fold=3`: pairs are named by seed and fold. */
function foldName(instance: string): string {
  return /^fold=([^,]+)$/.exec(instance)?.[1] ?? instance;
}

/** @param folds how many the values have; none if nothing finished, and then there is nothing to correct */
function designOf(design: DesignOf, folds: number, seeds: number): Design {
  switch (design) {
    case 'fixed-test-set':
    case 'events':
      return { kind: design };
    case 'cross-validation':
      return { kind: 'cross-validation', folds: folds === 0 ? 2 : folds, seeds };
    default:
      return { kind: 'redrawn-split', testShare: design.redrawnSplit };
  }
}
