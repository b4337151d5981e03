/**
 * What a node itself brings to a difference between two runs. Whatever merely comes from a node above is not here: that
 * node has the change.
 */
import type { Digest } from '../../core/identity/digest.ts';
import type { SourceChange } from '../change/source-changes.ts';
import type { TextDiff } from '../change/text-diff.ts';

/** Old and new text for people; null where the side does not have it. */
interface Values {
  readonly before: string | null;
  readonly after: string | null;
}

export type Change =
  /** A parameter of the stage, in JSON. `isCut`: the record has no more of a value than its beginning. */
  | (Values & { readonly kind: 'param'; readonly name: string; readonly isCut: boolean })
  /** A source of the stage's code. */
  | ({ readonly kind: 'source' } & Omit<SourceChange, 'way'>)
  /** The linked text of the code, where no change of a source explains it. */
  | {
      readonly kind: 'code';
      readonly stage: string;
      readonly before: Digest;
      readonly after: Digest;
      readonly diff: TextDiff | null;
    }
  /** An npm package by its version; only its files differ where the versions are equal. */
  | (Values & { readonly kind: 'package'; readonly name: string })
  /** The content of an input that no node makes, or which file it is. */
  | (Values & {
      readonly kind: 'file';
      readonly slot: string;
      readonly digests: { readonly before: Digest | null; readonly after: Digest | null };
    })
  /** An input comes from another output: `fit.model`. */
  | (Values & { readonly kind: 'wiring'; readonly slot: string })
  /** The same inputs in another order. */
  | { readonly kind: 'order'; readonly slot: string }
  /** A declared variable: its value is not on record. */
  | (Values & { readonly kind: 'env'; readonly name: string })
  /** The content of a file or folder that the stage declares to read. */
  | (Values & { readonly kind: 'reads'; readonly path: string })
  /** The run's seed. */
  | (Values & { readonly kind: 'seed' })
  /** What names the node's random numbers beside the run's seed: its `seedKey`, or its name. */
  | (Values & { readonly kind: 'seedKey' })
  | (Values & { readonly kind: 'backend' })
  /** The major version of Node. */
  | (Values & { readonly kind: 'runtime' })
  /** The version of what restage itself gives to stages. */
  | (Values & { readonly kind: 'schema' })
  /** The stage has another name. */
  | { readonly kind: 'stage'; readonly before: string; readonly after: string }
  /** The node has another name, and its random numbers are named by it. */
  | { readonly kind: 'node'; readonly before: string; readonly after: string }
  /** Only the later side has the node. */
  | { readonly kind: 'added' }
  /** Only the earlier side has it. */
  | { readonly kind: 'removed' }
  /** The node gave other bytes for the same key: it is not reproducible, or reads what it does not declare. */
  | { readonly kind: 'other-bytes'; readonly output: string }
  /** It ran again though its state was on record: asked for, since its bytes were lost, or for no reason on record. */
  | { readonly kind: 'ran-again'; readonly because: 'forced' | 'lost' | 'unexplained' }
  /**
   * Its key is the same, and a person accepted that the key means the state of another one: the numbers of the
   * equivalences, null for a side that has a state of its own.
   */
  | { readonly kind: 'equivalence'; readonly before: number | null; readonly after: number | null }
  /** Its state differs, and the record does not say in what. */
  | { readonly kind: 'unknown' };

/** A change, and by which imports a source came into the code of a stage. */
export interface OwnChange {
  readonly change: Change;
  readonly way?: ImportWay;
}

export interface ImportWay {
  readonly stage: string;
  /** From the stage's module to the source; null where the sources on record show no way. */
  readonly files: readonly string[] | null;
}

/** Equal for changes that are one cause. */
export function signature(change: Change): string {
  if (change.kind === 'source' || change.kind === 'code') {
    const { kind, before, after } = change;
    return JSON.stringify([kind, kind === 'source' ? change.path : '', before, after]);
  }
  // Each node has a name of its own.
  if (change.kind === 'seedKey') return change.kind;
  // Each instance of a fan-out has an equivalence of its own.
  if (change.kind === 'equivalence')
    return JSON.stringify([change.kind, change.before === null, change.after === null]);
  if (change.kind === 'node') return JSON.stringify([change.kind, groupName(change.before), groupName(change.after)]);
  return JSON.stringify(change);
}

/** `train-fold`, of `train-fold@fold=3`. */
export function groupName(node: string): string {
  return node.split('@', 1)[0]!;
}
