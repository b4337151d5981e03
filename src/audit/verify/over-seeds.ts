/**
 * Whether what is on record is one of those results that other seeds give: each number, a metric or one in a JSON
 * output, is held against the prediction interval of as many executions with other seeds (Student's t, Holm's
 * correction over the numbers). It says nothing about tables and weights.
 */
import { holm } from '../../core/statistics/holm.ts';
import { criticalT, twoSidedP } from '../../core/statistics/student-t.ts';
import { type JsonNumber, jsonNumber } from '../../core/numeric/json-number.ts';

/** The share of sound results that chance refutes. */
const LEVEL = 0.05;
/** Two numbers have a spread, and three have one that says something. */
export const FEWEST_SEEDS = 3;

export interface SeedComparison {
  /** Executions with other seeds that came to an end. */
  readonly seeds: number;
  /** Executions that failed. */
  readonly failed: number;
  readonly numbers: readonly SeedNumber[];
  /** Numbers on record that not every execution has: they are compared with nothing. */
  readonly left: readonly string[];
  /** Whether every number is in its interval, and there is at least one. */
  readonly holds: boolean;
}

export interface SeedNumber {
  /** `metric loss`, or the path of a number in an output: `report.ams`. */
  readonly name: string;
  readonly recorded: JsonNumber;
  /** Over the other seeds. */
  readonly mean: JsonNumber;
  /** In this interval lie 95 % of the results of other seeds, if they are normally distributed. */
  readonly low: JsonNumber;
  readonly high: JsonNumber;
  /** How many of them are less than the one on record. */
  readonly below: number;
  /** Of a result so far from the mean, corrected for the number of numbers. */
  readonly p: number;
}

export type Numbers = ReadonlyMap<string, number>;

export function compareOverSeeds(recorded: Numbers, samples: readonly Numbers[], failed = 0): SeedComparison {
  const isShared = (name: string): boolean => samples.every((sample) => sample.has(name));
  const names = [...recorded.keys()];
  const shared = samples.length < FEWEST_SEEDS ? [] : names.filter(isShared);
  const numbers = withHolm(
    shared.map((name) =>
      placeOf(
        name,
        recorded.get(name)!,
        samples.map((sample) => sample.get(name)!),
      ),
    ),
  );
  return {
    ...{ seeds: samples.length, failed, numbers },
    left: names.filter((name) => !shared.includes(name)),
    holds: numbers.length > 0 && numbers.every(({ p }) => p >= LEVEL),
  };
}

function placeOf(name: string, recorded: number, values: readonly number[]): SeedNumber {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  // The next result strays from the mean of these by its own spread and by that of the mean.
  const error = spread * Math.sqrt(1 + 1 / n);
  const reach = error === 0 ? 0 : criticalT(1 - LEVEL, n - 1) * error;
  return {
    name,
    recorded: jsonNumber(recorded),
    ...{ mean: jsonNumber(mean), low: jsonNumber(mean - reach), high: jsonNumber(mean + reach) },
    below: values.filter((value) => value < recorded).length,
    p: pOf(recorded, values, mean, error),
  };
}

function pOf(recorded: number, values: readonly number[], mean: number, error: number): number {
  // Of all that are not finite, or without any spread: only the same will do.
  if (!Number.isFinite(error) || !Number.isFinite(recorded) || error === 0)
    return values.some((value) => Object.is(value, recorded)) ? 1 : 0;
  return twoSidedP((recorded - mean) / error, values.length - 1);
}

/** The chance to refute any of several sound numbers stays at the level. */
function withHolm(numbers: readonly SeedNumber[]): readonly SeedNumber[] {
  const corrected = holm(numbers.map(({ p }) => p));
  return numbers.map((number, index) => ({ ...number, p: corrected[index]! }));
}
