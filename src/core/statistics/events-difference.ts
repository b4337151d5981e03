/** Differences of branches by the events of one test set: each event's value, the mean over the seeds of both sides. */
import { type BootstrapInterval, pairedBootstrap } from './bootstrap.ts';
import type { BranchObservations } from './observations.ts';
import type { CompletePair, Estimate, NoEstimate } from './paired-difference.ts';

/** A comparison whose seeds are paired already. */
export interface EventComparison {
  readonly base: BranchObservations;
  readonly variant: BranchObservations;
  readonly pairs: readonly CompletePair[];
}

export interface EventEstimate {
  readonly estimate: Estimate | NoEstimate;
  /** How many events the interval is over; null without pairs. */
  readonly events: number | null;
}

/** An interval for each comparison, all from the same resamples. The test sets are known to have equal numbers of events. */
export function eventEstimates(comparisons: readonly EventComparison[], level: number): readonly EventEstimate[] {
  const differences = comparisons.map(differencesByEvent);
  const judged = differences.filter((values): values is Float64Array => values !== null && !allEqual(values));
  const intervals =
    judged.length === 0 ? [] : pairedBootstrap({ events: judged[0]!.length, statistics: meansOver(judged), level });
  const byValues = new Map(judged.map((values, k) => [values, intervals[k]!]));
  return differences.map((values) => {
    if (values === null) return { estimate: { kind: 'none', why: 'no-pairs' }, events: null };
    const interval = byValues.get(values);
    const estimate: Estimate | NoEstimate =
      interval === undefined ? { kind: 'none', why: 'equal-differences' } : estimateOf(interval);
    return { estimate, events: values.length };
  });
}

function estimateOf({ se, low, high, p }: BootstrapInterval): Estimate {
  return { kind: 'interval', sd: null, se, df: null, t: null, low, high, p };
}

/** variant - base of each event, the mean over the pairs; null without pairs. */
function differencesByEvent({ base, variant, pairs }: EventComparison): Float64Array | null {
  const sides = pairs.map(({ name }) => [valuesOf(base, name), valuesOf(variant, name)] as const);
  const [first] = sides;
  if (first === undefined) return null;
  return Float64Array.from({ length: first[0].length }, (_, event) => {
    let total = 0;
    for (const [ofBase, ofVariant] of sides) total += ofVariant[event]! - ofBase[event]!;
    return total / sides.length;
  });
}

function valuesOf(observations: BranchObservations, name: string): ArrayLike<number> {
  const found = observations.get(name)!.found;
  return found.kind === 'events' ? found.values : [];
}

function allEqual(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}

function meansOver(differences: readonly Float64Array[]): (sample: Uint32Array) => readonly number[] {
  return (sample) =>
    differences.map((values) => {
      let total = 0;
      for (const event of sample) total += values[event]!;
      return total / sample.length;
    });
}
