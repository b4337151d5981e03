/** Something given that no parameter can take, and the reason, before it is a sentence: see describe.ts. */
import type { Path } from './path.ts';

export type MisfitReason =
  /** There is no member of this name; `known` are the ones there are. */
  | { readonly kind: 'unknown'; readonly known: readonly string[] }
  /** A member is set of something that has none. */
  | { readonly kind: 'below'; readonly value: unknown }
  /** A position beyond the end of a list. */
  | { readonly kind: 'gap'; readonly length: number }
  /** A whole number with more digits than a number holds. */
  | { readonly kind: 'digits'; readonly text: string }
  /** There is nothing of this name to remove; `known` are the members there are. */
  | { readonly kind: 'absent'; readonly known: readonly string[] }
  /** It is to be removed, and the schema wants it. */
  | { readonly kind: 'needed' }
  /** An item of a list is to be removed. */
  | { readonly kind: 'item' }
  /** A member of a default that a transform made. */
  | { readonly kind: 'transformed' }
  /** What zod says. */
  | { readonly kind: 'issue'; readonly issue: Issue; readonly value: unknown }
  /** No member of a union takes the value. */
  | { readonly kind: 'none'; readonly value: unknown; readonly wanted: readonly string[] };

export interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  /** What a bound is of: `number`, `string`, `array` and others. */
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
  readonly exact?: boolean;
}

export class ParameterMisfit extends Error {
  readonly at: Path;
  readonly reason: MisfitReason;

  constructor(at: Path, reason: MisfitReason) {
    super(reason.kind);
    this.at = at;
    this.reason = reason;
  }
}
