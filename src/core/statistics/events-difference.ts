/** Differences of branches by the events of one test set: each event's value, the mean over the seeds of both sides. */
import { type BootstrapInterval, LEAST_EVENTS, pairedBootstrap } from './bootstrap.ts';
import type { BranchObservations } from './observations.ts';
import type { CompletePair, Estimate, NoEstimate, NoInterval } from './paired-difference.ts';

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

/**
 * An interval for each comparison, all from the same resamples. The test sets are known to have equal numbers of
 * events.
 */
export function eventEstimates(comparisons: readonly EventComparison[], level: number): readonly EventEstimate[] {
  const differences = comparisons.map(differencesByEvent);
  const reasons = differences.map(noInterval);
  const judged = differences.filter((_, k) => reasons[k] === null);
  const intervals =
    judged.length === 0 ? [] : pairedBootstrap({ events: judged[0]!.length, statistics: meansOver(judged), level });
  let next = 0;
  return differences.map((values, k) => {
    const why = reasons[k] ?? null;
    return {
      estimate: why === null ? estimateOf(intervals[next++]!) : { kind: 'none', why },
      events: values.length === 0 ? null : values.length,
    };
  });
}

function estimateOf({ se, low, high, p }: BootstrapInterval): Estimate {
  return { kind: 'interval', sd: null, se, df: null, t: null, low, high, p };
}

/** variant - base of each event, the mean over the pairs; empty without pairs. */
function differencesByEvent({ base, variant, pairs }: EventComparison): Float64Array {
  const sides = pairs.map(({ name }) => [valuesOf(base, name), valuesOf(variant, name)] as const);
  return Float64Array.from({ length: sides[0]?.[0].length ?? 0 }, (_, event) => {
    let total = 0;
    for (const [ofBase, ofVariant] of sides) total += ofVariant[event]! - ofBase[event]!;
    return total / sides.length;
  });
}

function valuesOf(observations: BranchObservations, name: string): ArrayLike<number> {
  const found = observations.get(name)!.found;
  return found.kind === 'events' ? found.values : [];
}

function noInterval(values: Float64Array): NoInterval | null {
  if (values.length === 0) return 'no-pairs';
  if (values.length < LEAST_EVENTS) return 'few-events';
  return values.every((value) => value === values[0]) ? 'equal-differences' : null;
}

function meansOver(differences: readonly Float64Array[]): (sample: Uint32Array) => readonly number[] {
  return (sample) =>
    differences.map((values) => {
      let total = 0;
      for (const event of sample) total += values[event]!;
      return total / sample.length;
    });
}
