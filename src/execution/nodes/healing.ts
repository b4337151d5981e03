/**
 * Lost and damaged bytes in the course of a run: which node has to be made again for a reader, how often that is tried, and
 * whether something that was made again came out with other bytes than before.
 */
import type { Output } from '../../core/artifact/artifact.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { MadeStates } from './made-states.ts';

/** A disk that damages whatever it is given would have a node made for ever. */
const MOST_REMAKES = 3;

export class Healing {
  readonly #objects: ObjectStore;
  readonly #states: MadeStates;
  /** Nodes whose bytes turned out to be lost in this run, and how often. */
  readonly #remade = new Map<number, number>();
  #planIsVoid = false;

  constructor(objects: ObjectStore, states: MadeStates) {
    this.#objects = objects;
    this.#states = states;
  }

  /** True once a node gave other bytes than before: whatever was planned of the old ones does not hold. */
  get planIsVoid(): boolean {
    return this.#planIsVoid;
  }

  /** The node's bytes were lost in this run. */
  isLost(node: number): boolean {
    return this.#remade.has(node);
  }

  /**
   * The producer of the first input of the node that cannot be read, if making it again may still help. `thorough` compares
   * the bytes with their digest; otherwise presence and length are enough.
   */
  lostProducer(node: number, thorough: boolean): number | undefined {
    const lost = this.#states.lostProducer(node, thorough);
    return lost !== undefined && (this.#remade.get(lost) ?? 0) < MOST_REMAKES ? lost : undefined;
  }

  /** Takes the producer's damaged objects away, so that they are written again. */
  discard(producer: number): void {
    for (const { digest, inline } of this.#states.outputs(producer)!.values())
      if (inline === null) this.#objects.removeDamaged(digest);
  }

  /** The producer is to be made again. */
  count(producer: number): void {
    this.#remade.set(producer, (this.#remade.get(producer) ?? 0) + 1);
  }

  /** Names of the outputs that have other bytes on record under the same key: the stage is not deterministic. */
  differing(key: CacheKey, outputs: readonly Output[]): readonly string[] {
    const names = this.#states.otherThanBefore(key, outputs);
    if (names.length > 0) this.#planIsVoid = true;
    return names;
  }
}
