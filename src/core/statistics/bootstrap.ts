/**
 * The paired bootstrap over the events of one test set: each resample of events is the same for all branches, so that
 * what is hard for both cancels. Draws are from a stream that depends on the number of events and the seed alone: the
 * same data have the same interval, and a further branch changes none.
 */
import { randomStreams } from '../identity/random.ts';
import { standardDeviation } from './moments.ts';
import { criticalT, studentTail } from './student-t.ts';

export interface BootstrapRequest {
  /** How many events the test set has. */
  readonly events: number;
  /**
   * For a resample, given as the indices of its events, the statistic of each comparison: a difference variant - base.
   * A sample lasts until the next call.
   */
  readonly statistics: (sample: Uint32Array) => ArrayLike<number>;
  /** Default 1999, or so many more that ten lie beyond each end of the interval. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
  /** Another number gives other resamples; default 0. */
  readonly seed?: number;
}

/** With fewer events, resamples say little about other test sets. */
export const LEAST_EVENTS = 20;

/** Of one comparison; `difference`, `se`, `low` and `high` are in the unit of the statistic. */
export interface BootstrapInterval {
  /** The statistic of the events themselves. */
  readonly difference: number;
  /** The standard deviation over the resamples. */
  readonly se: number;
  readonly low: number;
  readonly high: number;
  /** Twice the share of resamples on the other side of 0, at least 2 / (resamples + 1). */
  readonly p: number;
  /** Resamples in which the statistic is not finite: they take no part. If all are lost, the other numbers are NaN. */
  readonly lost: number;
}

/**
 * An interval for each comparison, by expanded percentiles (Hesterberg, The American Statistician 69 (2015)): further
 * out than the level says by as much as Student's t with n - 1 exceeds the normal distribution, and sqrt(n / (n - 1)).
 *
 * @throws RangeError for less than 20 events, or so few resamples that the interval would end beyond them
 */
export function pairedBootstrap(request: BootstrapRequest): readonly BootstrapInterval[] {
  const { events, statistics, level = 0.95, seed = 0 } = request;
  if (!(Number.isInteger(events) && events >= LEAST_EVENTS))
    throw new RangeError(`A bootstrap needs ${LEAST_EVENTS} events, not ${events}.`);
  const tail = expandedTail(level, events);
  const { resamples = Math.max(1999, Math.ceil(10 / tail) - 1) } = request;
  if (!(Number.isInteger(resamples) && (resamples + 1) * tail >= 1))
    throw new RangeError(`${resamples} resamples are too few for an interval of ${100 * level} %.`);
  const sample = Uint32Array.from({ length: events }, (_, i) => i);
  const observed = Float64Array.from(statistics(sample));
  const found = Array.from(observed, () => new Float64Array(resamples));
  const random = randomStreams({ seed, stage: 'restage/bootstrap', key: { events } })('resamples');
  for (let draw = 0; draw < resamples; draw++) {
    for (let i = 0; i < events; i++) sample[i] = random.integer(events);
    const values = statistics(sample);
    for (let k = 0; k < found.length; k++) found[k]![draw] = values[k]!;
  }
  return found.map((values, k) => intervalOf(observed[k]!, values, tail));
}

/** The share of resamples beyond each end of the interval. */
function expandedTail(level: number, events: number): number {
  return studentTail(Math.sqrt(events / (events - 1)) * criticalT(level, events - 1), Number.POSITIVE_INFINITY);
}

function intervalOf(difference: number, values: Float64Array, tail: number): BootstrapInterval {
  const sorted = values.filter(Number.isFinite).sort();
  const n = sorted.length;
  const beyond = (isBeyond: (value: number) => boolean): number => (1 + sorted.filter(isBeyond).length) / (1 + n);
  const p =
    2 *
    Math.min(
      beyond((value) => value <= 0),
      beyond((value) => value >= 0),
    );
  return {
    difference,
    se: standardDeviation(sorted),
    low: atPlace(sorted, tail * (n + 1)),
    high: atPlace(sorted, (1 - tail) * (n + 1)),
    p: Math.min(1, p),
    lost: values.length - n,
  };
}

/** The value at a place counted from 1, between two of them by their line. */
function atPlace(sorted: Float64Array, place: number): number {
  const inside = Math.min(Math.max(place, 1), sorted.length);
  const below = Math.floor(inside);
  const low = sorted[below - 1]!;
  const high = sorted[Math.min(below, sorted.length - 1)]!;
  return low + (inside - below) * (high - low);
}
