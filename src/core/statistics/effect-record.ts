/**
 * An effect table as it is on record: what it was worked out from, with the states that each value is of, and the
 * digest of that. The same values give the same digest, wherever and however often they are worked out.
 */
import { canonicalData, jsonText } from '../identity/canonical.ts';
import { type CacheKey, type Digest, sha256 } from '../identity/digest.ts';
import type { TableMetric, TableVariant } from './effect-table.ts';

/** Counts what this code computes from the same inputs: whoever changes a formula counts one up. */
export const STATISTICS_VERSION = 1;

/** A state that a value is of, and what of it. */
export interface ValueSource {
  readonly state: CacheKey;
  /** The node, as a run of the branch calls it. */
  readonly node: string;
  /** `metric`: the last value of a metric; `output`: a number, or the numbers of events, in an output. */
  readonly kind: 'metric' | 'output';
  /** The metric; or the output, with the path of the number in it. */
  readonly name: string;
}

/** One value of a branch: with a seed, and in a cross-validation a fold. */
export interface SourcedValue {
  readonly branch: string;
  readonly seed: number;
  readonly fold: string | null;
  /** Of events, their mean; null if there is none. */
  readonly value: number | null;
  /** Why there is none, in a few words; null if there is one. */
  readonly why: string | null;
  /** None if there is no value. Several of a metric that is the mean over instances. */
  readonly sources: readonly ValueSource[];
}

export interface EffectInputs {
  readonly statistics: number;
  readonly metric: TableMetric & { readonly of: string };
  readonly level: number;
  readonly base: string;
  readonly variants: readonly TableVariant[];
  /** Whether each variant is compared with the step before it on a cumulative path. */
  readonly isPath: boolean;
  readonly values: readonly SourcedValue[];
}

/** JSON in one form, so that equal inputs have equal bytes. */
export function effectInputsText(inputs: EffectInputs): string {
  return jsonText(canonicalData(inputs));
}

/** @param text of the inputs */
export function effectKey(text: string | Uint8Array): Digest {
  return sha256('restage/effects/v1\0', text);
}
