/**
 * Which difference so many pairs could show, before anything runs. s is the standard deviation of the paired
 * differences, which is known only from runs; so figures are in units of s, and in the metric's unit for a guess of s.
 */
import { degreesOfFreedom, type Design, isIndependent, standardError } from './design.ts';
import { criticalT, studentQuantile } from './student-t.ts';

export interface DetectableRequest {
  readonly design: Design;
  /** Pairs that will have both values: seeds, or folds times seeds. */
  readonly pairs: number;
  /** Variants that are compared with the base; default 1. */
  readonly comparisons?: number;
  /** A guess of s, in the metric's unit: from earlier runs. */
  readonly sd?: number;
  /** Of the interval; default 0.95. */
  readonly level?: number;
  /** The chance of seeing the smallest difference; default 0.8. */
  readonly power?: number;
}

export type Detectable =
  | {
      readonly kind: 'known';
      readonly df: number;
      /** Half the width of the interval of one variant. */
      readonly halfWidth: Size;
      /** The observed difference from which the least Holm p of all variants is below 1 - level. */
      readonly afterHolm: Size;
      /**
       * The true difference that is seen with the chance `power`, for one variant: (t of the level + t of the power)
       * times the standard error. It is an approximation: with 3 pairs the chance is 0.77 instead of 0.8, with 6 it is
       * 0.795.
       */
      readonly smallest: Size;
      /** The least p-value of a sign-flip test with so many pairs; null where pairs depend on each other. */
      readonly leastSignFlip: number | null;
    }
  | { readonly kind: 'unknown'; readonly why: 'one-pair' | 'events' };

/** A difference in units of s, and in the metric's unit, which is null without a guess of s. */
export interface Size {
  readonly inSd: number;
  readonly inUnits: number | null;
}

/**
 * `unknown` for one pair, and for events, whose spread depends on how their values are distributed.
 *
 * @throws RangeError for a level or power that is not between 0 and 1, or less than one comparison
 */
export function detectable(request: DetectableRequest): Detectable {
  const { design, pairs, comparisons = 1, sd, level = 0.95, power = 0.8 } = request;
  if (!(comparisons >= 1)) throw new RangeError(`There is at least one comparison, not ${comparisons}.`);
  if (!(power > 0 && power < 1)) throw new RangeError(`A power is between 0 and 1, not ${power}.`);
  if (design.kind === 'events') return { kind: 'unknown', why: 'events' };
  const df = degreesOfFreedom(pairs);
  if (!(df >= 1)) return { kind: 'unknown', why: 'one-pair' };
  const size = (t: number): Size => {
    const inSd = standardError(design, t, pairs);
    return { inSd, inUnits: sd === undefined ? null : inSd * sd };
  };
  const t = criticalT(level, df);
  return {
    kind: 'known',
    df,
    halfWidth: size(t),
    afterHolm: size(criticalT(1 - (1 - level) / comparisons, df)),
    smallest: size(Math.max(0, t + studentQuantile(power, df))),
    leastSignFlip: isIndependent(design) ? 2 / 2 ** pairs : null,
  };
}
