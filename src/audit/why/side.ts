/** One of the two things that are compared: a run as it was, or what a run would do now. */
import type { Field } from '../../core/identity/cache-key.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { VisitOutcome } from '../../events.ts';

export interface Side {
  /** Null for what would run now. */
  readonly run: number | null;
  readonly params: CanonicalValue;
  readonly seed: number;
  readonly nodes: ReadonlyMap<string, SideNode>;
  /** The fields of these nodes without those of their inputs; nothing for a node of which none are known. */
  readonly fieldsOf: (nodes: Iterable<string>) => ReadonlyMap<string, readonly Field[]>;
}

export interface SideNode {
  readonly id: string;
  /** Null without a state: it failed or was skipped, or it is not known yet what its inputs will be. */
  readonly key: CacheKey | null;
  /** `run` and `pending` for what would run. */
  readonly outcome: VisitOutcome | 'run' | 'pending';
  readonly reason: string | null;
  /** The equivalence by which it has the state of another key; its fields and inputs are those of its own key. */
  readonly equivalence: number | null;
  readonly inputs: readonly SideInput[];
}

export interface SideInput {
  readonly slot: string;
  /** Its place in a slot that takes many; null in any other. */
  readonly index: number | null;
  /** Null as long as nobody has made it. */
  readonly digest: Digest | null;
  readonly from: InputSource;
}

export type InputSource =
  | { readonly kind: 'node'; readonly node: string; readonly output: string }
  /** A file by its path, or its address. */
  | { readonly kind: 'file'; readonly path: string }
  /** An output on record that the pipeline names by a reference. */
  | { readonly kind: 'recorded'; readonly text: string };

/** `fit.model`, or a file's path. */
export function sourceText(from: InputSource): string {
  switch (from.kind) {
    case 'node':
      return `${from.node}.${from.output}`;
    case 'file':
      return from.path;
    case 'recorded':
      return from.text;
  }
}
