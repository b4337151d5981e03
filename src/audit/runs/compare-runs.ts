/**
 * Runs side by side: the parameters in which they differ, their results and metrics, and the conditions that differ.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { type AcceptedNodes, acceptancesIn } from '../view/acceptances.ts';
import { type ByRun, byRun, type ComparedConditions, compareConditions, differ } from './conditions.ts';
import type { Quantity } from './run-value.ts';
import type { LostResult, RunValues, RunValuesReader } from './run-values.ts';

export interface ComparedRun extends RunRecord {
  readonly tags: readonly string[];
  /** Results whose bytes are gone or damaged: their numbers are missing. */
  readonly lost: readonly LostResult[];
  /** States that it took for other keys, since a person accepted that. */
  readonly accepted: readonly AcceptedNodes[];
}

export interface ComparedParam {
  /** `train.rate` */
  readonly name: string;
  readonly values: ByRun<CanonicalValue>;
}

/** A number of a run, and how far it is from that of the first run. */
export interface ComparedNumber {
  readonly value: number;
  /** The standard error of a result that is written as `{ value, error }`. */
  readonly error: number | null;
  /** A metric of a fan-out is the mean of so many instances. */
  readonly count: number;
  /** Its value minus that of the first run; null for the first run, and where that run lacks it. */
  readonly difference: number | null;
}

export interface ComparedQuantity {
  /** `score.ams` of a result, `fit.loss` of a node's metric. */
  readonly name: string;
  readonly values: ByRun<ComparedNumber>;
}

export interface Comparison extends ComparedConditions {
  /** In the order in which they are compared: differences are to the first. */
  readonly runs: readonly ComparedRun[];
  /** Whether all runs are of one pipeline. If not, only what several pipelines have is compared. */
  readonly samePipeline: boolean;
  /** Only those that differ. */
  readonly params: readonly ComparedParam[];
  readonly results: readonly ComparedQuantity[];
  readonly metrics: readonly ComparedQuantity[];
}

/** @throws CacheError */
export function compareRuns(cache: Cache, reader: RunValuesReader, runs: readonly RunRecord[]): Comparison {
  const { query } = cache;
  const tags = query.tags.ofRuns(runs.map(({ id }) => id));
  const values = runs.map((run) => reader.of(run));
  const pipelines = runs.map(({ pipeline, source }) => `${pipeline} ${source}`);
  const samePipeline = new Set(pipelines).size <= 1;
  const isCommon = (has: (index: number) => boolean): boolean =>
    samePipeline || new Set(pipelines.filter((_, index) => has(index))).size > 1;
  const common = <T>(of: (each: RunValues) => ReadonlyMap<string, T>): readonly string[] =>
    namesOf(values.map(of)).filter((name) => isCommon((index) => of(values[index]!).has(name)));
  const quantities = (of: (each: RunValues) => ReadonlyMap<string, Quantity>): readonly ComparedQuantity[] =>
    common(of).map((name) => ({ name, values: numbersOf(runs, (index) => of(values[index]!).get(name)) }));
  return {
    runs: runs.map((run, index) => ({
      ...run,
      tags: tags.get(run.id) ?? [],
      lost: values[index]!.lost(),
      accepted: acceptancesIn(query, run.id),
    })),
    samePipeline,
    params: common((each) => each.of('param'))
      .map((name) => ({ name, values: byRun(runs, (_, index) => values[index]!.of('param').get(name)?.value) }))
      .filter((param) => differ(runs.map(({ id }) => param.values[id]))),
    results: quantities((each) => each.results()),
    metrics: quantities((each) => each.metrics()),
    ...compareConditions(query, runs, samePipeline),
  };
}

/** Whether a quantity is the same number in all runs. */
export function isSame(runs: readonly RunRecord[], { values }: ComparedQuantity): boolean {
  return !differ(runs.map(({ id }) => values[id] && [values[id].value, values[id].error]));
}

function numbersOf(
  runs: readonly RunRecord[],
  of: (index: number) => Quantity | undefined,
): ComparedQuantity['values'] {
  const first = of(0)?.value;
  return byRun(runs, (_, index) => {
    const found = of(index);
    if (found === undefined) return undefined;
    const { value, error, count } = found;
    return { value, error, count, difference: index === 0 || first === undefined ? null : value - first };
  });
}

/** In the order of the first run that has them. */
function namesOf(maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))];
}
