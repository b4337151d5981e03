/** What a variant differs by from its base, over pairs of runs that differ in nothing else. */
import { degreesOfFreedom, isIndependent, standardError, type StudentDesign } from './design.ts';
import { mean, standardDeviation } from './moments.ts';
import { type SignFlip, signFlip } from './sign-flip.ts';
import { criticalT, twoSidedP } from './student-t.ts';
import { type Wilcoxon, wilcoxon } from './wilcoxon.ts';

/** Which values of a metric are better. */
export type Direction = 'lower' | 'higher';

/** What one side of a pair has. A value that is not finite counts as one that is lacking. */
export type Side =
  | { readonly kind: 'value'; readonly value: number }
  /** It ran and failed. `why`: a sentence, if known. */
  | { readonly kind: 'failed'; readonly why?: string }
  /** There is nothing on record. */
  | { readonly kind: 'lacking' };

export interface Pair {
  /** `seed=3` or `seed=3, fold=7` */
  readonly name: string;
  readonly base: Side;
  readonly variant: Side;
}

export interface CompletePair {
  readonly name: string;
  readonly base: number;
  readonly variant: number;
  /** variant - base */
  readonly difference: number;
}

/** A pair that takes no part, and what each side lacks; null of a side that has its value. */
export interface MissingPair {
  readonly name: string;
  readonly base: Lack | null;
  readonly variant: Lack | null;
}

export type Lack =
  | { readonly kind: 'failed'; readonly why?: string }
  | { readonly kind: 'lacking' }
  | { readonly kind: 'not-finite'; readonly value: number };

/** Why a difference has no interval. */
export type NoInterval =
  /** No pair has both values. */
  | 'no-pairs'
  /** One pair has no spread. */
  | 'one-pair'
  /** All differences are the same, up to rounding, so there is no spread to judge by. */
  | 'equal-differences'
  /** The test set has too few events for a bootstrap. */
  | 'few-events';

/** How sure a difference is. All but `p`, `df` and `t` are in the metric's unit. */
export interface Estimate {
  readonly kind: 'interval';
  /** The standard deviation of the differences, with n - 1. It is null where the interval is by resampling. */
  readonly sd: number | null;
  readonly se: number;
  /** Degrees of freedom and Student's t; null where the interval is by resampling. */
  readonly df: number | null;
  readonly t: number | null;
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
}

export interface NoEstimate {
  readonly kind: 'none';
  readonly why: NoInterval;
}

export interface Wins {
  /** Pairs in which the variant is better. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
}

export interface PairedDifference extends Wins {
  readonly n: number;
  readonly pairs: readonly CompletePair[];
  readonly missing: readonly MissingPair[];
  /** Means over the complete pairs; null without any. */
  readonly baseMean: number | null;
  readonly variantMean: number | null;
  /** The mean of the differences, variant - base. */
  readonly difference: number | null;
  readonly estimate: Estimate | NoEstimate;
  /** Tests that do not assume a normal distribution; null where pairs depend on each other, and without any. */
  readonly signFlip: SignFlip | null;
  readonly wilcoxon: Wilcoxon | null;
}

/** Pairs with both values, and the others with what they lack. Both keep the order. */
export interface SplitPairs {
  readonly pairs: readonly CompletePair[];
  readonly missing: readonly MissingPair[];
}

/**
 * The difference of a variant to its base, with the standard error of the design and Student's t.
 *
 * @param level of the interval, between 0 and 1
 * @throws RangeError for another level
 */
export function pairedDifference(
  given: readonly Pair[],
  design: StudentDesign,
  better: Direction,
  level = 0.95,
): PairedDifference {
  const { pairs, missing } = splitPairs(given);
  const differences = pairs.map(({ difference }) => difference);
  const independent = isIndependent(design) && pairs.length > 0;
  return {
    n: pairs.length,
    pairs,
    missing,
    ...means(pairs),
    estimate: studentEstimate(pairs, design, level),
    ...wins(differences, better),
    signFlip: independent ? signFlip(differences) : null,
    wilcoxon: independent ? wilcoxon(differences) : null,
  };
}

export function splitPairs(given: readonly Pair[]): SplitPairs {
  const pairs: CompletePair[] = [];
  const missing: MissingPair[] = [];
  for (const { name, base, variant } of given) {
    const lacks = { base: lackOf(base), variant: lackOf(variant) };
    if (base.kind === 'value' && variant.kind === 'value' && lacks.base === null && lacks.variant === null)
      pairs.push({ name, base: base.value, variant: variant.value, difference: variant.value - base.value });
    else missing.push({ name, ...lacks });
  }
  return { pairs, missing };
}

function lackOf(side: Side): Lack | null {
  if (side.kind !== 'value') return side;
  return Number.isFinite(side.value) ? null : { kind: 'not-finite', value: side.value };
}

/** Means over these pairs; nulls without any. */
export function means(
  pairs: readonly CompletePair[],
): Pick<PairedDifference, 'baseMean' | 'variantMean' | 'difference'> {
  if (pairs.length === 0) return { baseMean: null, variantMean: null, difference: null };
  const over = (of: (pair: CompletePair) => number): number => mean(pairs.map(of));
  return {
    baseMean: over(({ base }) => base),
    variantMean: over(({ variant }) => variant),
    difference: over(({ difference }) => difference),
  };
}

/** How many differences say that the variant is better. */
export function wins(differences: readonly number[], better: Direction): Wins {
  const higher = differences.filter((difference) => difference > 0).length;
  const lower = differences.filter((difference) => difference < 0).length;
  const [won, lost] = better === 'higher' ? [higher, lower] : [lower, higher];
  return { wins: won, losses: lost, ties: differences.length - higher - lower };
}

/** The interval of the mean difference of these pairs, or why there is none. @throws RangeError for a bad level */
export function studentEstimate(
  pairs: readonly CompletePair[],
  design: StudentDesign,
  level: number,
): Estimate | NoEstimate {
  const why = noInterval(pairs);
  if (why !== null) return { kind: 'none', why };
  const differences = pairs.map(({ difference }) => difference);
  const df = degreesOfFreedom(pairs.length);
  const sd = standardDeviation(differences);
  const se = standardError(design, sd, pairs.length);
  const difference = mean(differences);
  const reach = criticalT(level, df) * se;
  const t = difference / se;
  return { kind: 'interval', sd, se, df, t, low: difference - reach, high: difference + reach, p: twoSidedP(t, df) };
}

/** Why these pairs have no interval; null if they have one. */
export function noInterval(pairs: readonly CompletePair[]): NoInterval | null {
  if (pairs.length === 0) return 'no-pairs';
  if (pairs.length === 1) return 'one-pair';
  const first = pairs[0]!.difference;
  // Subtracting values rounds them by half a unit in the last place of the larger one.
  const rounding = Math.max(
    ...pairs.map(({ base, variant }) => 2 ** -51 * Math.max(Math.abs(base), Math.abs(variant))),
  );
  return pairs.every(({ difference }) => Math.abs(difference - first) <= rounding) ? 'equal-differences' : null;
}
