/**
 * What a codec is: how the value of an output becomes the bytes of an artifact and back, and how people see it.
 *
 * A codec's `kind` is part of its type, so that wiring a `table` output into a `weights` input does not compile.
 * Encoding is a pure function of the value: equal values give equal bytes, or early cutoff would not work. Each codec
 * of restage's own has a file in `codecs/`; `registry.ts` finds them by kind.
 */
import type { DType } from './dtypes.ts';
import type { NumericDifference } from './numeric-difference.ts';

export interface Codec<Kind extends string, T> {
  readonly kind: Kind;
  /**
   * What is wrong with the codec itself, as a clause that follows the name of a slot, such as `has a schema with ...`.
   * A stage with such a codec is refused: when it is declared, and when it is wired. `isLoaded` tells the two apart:
   * when a stage is declared, constants further down its module are not there yet.
   */
  readonly flaw?: (isLoaded: boolean) => string | undefined;
  /** The artifact's bytes, in chunks. `where` names the output, for errors. */
  readonly encode: (value: T, where: string) => readonly Uint8Array[];
  /** @throws DecodeError */
  readonly decode: (bytes: Uint8Array, where: string) => T;
  /** What a person sees of the value, in a few lines. Without it, a person sees kind and size. */
  readonly preview?: (value: T) => Preview;
  /** The largest artifact, in bytes, that is read for a preview. Default: no limit. */
  readonly previewBytes?: number;
  /** What differs between two values; empty if they are equal. Without it, bytes are compared. */
  readonly compare?: (first: T, second: T) => readonly Difference[];
}

/** The type of the value that a stage reads from an input of this codec, or returns for an output. */
export type ValueOf<C> = C extends Codec<string, infer T> ? T : never;

/** A codec of any type: every `Codec` is assignable to it. */
export interface AnyCodec {
  readonly kind: string;
  readonly flaw?: (isLoaded: boolean) => string | undefined;
  readonly encode: (value: never, where: string) => readonly Uint8Array[];
  readonly decode: (bytes: Uint8Array, where: string) => unknown;
  readonly preview?: (value: never) => Preview;
  readonly previewBytes?: number;
  readonly compare?: (first: never, second: never) => readonly Difference[];
}

/** A short look at a value. */
export type Preview =
  | { readonly type: 'value'; readonly value: unknown }
  /** The first lines of a text, and whether there are more. */
  | { readonly type: 'text'; readonly head: readonly string[]; readonly more: boolean }
  | { readonly type: 'arrays'; readonly arrays: readonly ArrayOutline[] }
  /** Too large, or of a kind that has no preview. */
  | { readonly type: 'opaque' };

export interface ArrayOutline {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** One difference between two values. */
export interface Difference {
  /** The part that differs, such as `column mass` or `folds.2`; empty for the value as a whole. */
  readonly where: string;
  /** How it differs, as a clause, such as `3 of 100 values differ, by at most 0.25` or `5 -> 6`. */
  readonly what: string;
  /** The same in figures, of arrays with numbers. */
  readonly numbers?: NumericDifference;
}
