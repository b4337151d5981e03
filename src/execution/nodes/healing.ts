/**
 * Lost and damaged bytes during a run: which node has to be made again for a reader, how often that is tried, and
 * whether a node that was made again gave different bytes than before.
 */
import type { Output } from '../../core/artifact/artifact.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { MadeStates } from './made-states.ts';

/** Without a limit, a disk that damages everything written to it would have a node made forever. */
const MOST_REMAKES = 3;

export class Healing {
  readonly #objects: ObjectStore;
  readonly #states: MadeStates;
  /** Nodes whose bytes turned out to be lost in this run, and how often. */
  readonly #remade = new Map<number, number>();
  /** States on record whose bytes turned out to be lost, and how often. */
  readonly #restored = new Map<CacheKey, number>();
  #planIsVoid = false;

  constructor(objects: ObjectStore, states: MadeStates) {
    this.#objects = objects;
    this.#states = states;
  }

  /** True once a node gave different bytes than before: the plan based on the old ones is void. */
  get planIsVoid(): boolean {
    return this.#planIsVoid;
  }

  /** The node's bytes were lost in this run. */
  isLost(node: number): boolean {
    return this.#remade.has(node);
  }

  /**
   * The producer of the node's first unreadable input, if making it again may still help. `thorough` compares the bytes
   * with their digest; otherwise presence and length are enough.
   */
  lostProducer(node: number, thorough: boolean): number | undefined {
    const lost = this.#states.lostProducer(node, thorough);
    return lost !== undefined && (this.#remade.get(lost) ?? 0) < MOST_REMAKES ? lost : undefined;
  }

  /** The same for an input that is an output on record: the state that made it. */
  lostRecorded(node: number, thorough: boolean): CacheKey | undefined {
    const lost = this.#states.lostRecorded(node, thorough);
    return lost !== undefined && (this.#restored.get(lost) ?? 0) < MOST_REMAKES ? lost : undefined;
  }

  /** Counts that the state on record is restored. */
  countRestored(state: CacheKey): void {
    this.#restored.set(state, (this.#restored.get(state) ?? 0) + 1);
  }

  /** Whether the bytes that the producer lacks are evicted ones, all of them. */
  isEvicted(producer: number): boolean {
    return this.#states.isEvicted(producer);
  }

  /** Removes the producer's damaged objects, so that they are written again. */
  discard(producer: number): void {
    this.#discard(this.#states.outputs(producer)!.values());
  }

  /** The same for a state on record. */
  discardRecorded(state: CacheKey): void {
    this.#discard(this.#states.outputsOnRecord(state));
  }

  #discard(outputs: Iterable<Output>): void {
    for (const { digest, inline } of outputs) if (inline === null) this.#objects.removeDamaged(digest);
  }

  /** Counts that the producer is made again. */
  count(producer: number): void {
    this.#remade.set(producer, (this.#remade.get(producer) ?? 0) + 1);
  }

  /**
   * A node that had the state of another key by an equivalence was made again under its own: with other bytes, what was
   * planned below it is void.
   */
  replaced(node: number, key: CacheKey, outputs: readonly Output[]): void {
    const before = this.#states.before(node);
    if (before === undefined || before.key === key) return;
    const old = before.outputs();
    if (outputs.some(({ name, digest }) => old.get(name)?.digest !== digest)) this.#planIsVoid = true;
  }

  /** Names of the outputs that have different bytes on record under the same key: the stage is not deterministic. */
  differing(key: CacheKey, outputs: readonly Output[]): readonly string[] {
    const names = this.#states.otherThanBefore(key, outputs);
    if (names.length > 0) this.#planIsVoid = true;
    return names;
  }
}
