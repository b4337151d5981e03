/** States on record that are executed again: each is looked up once, and those that are needed first are found. */
import { type CacheKey, short } from '../../core/identity/digest.ts';
import { RepeatError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';
import {
  equivalentRepetitionOf,
  type RepeatedInput,
  type Repetition,
  repetitionOf,
  type RepeatPlace,
} from './repetition.ts';

export class Repetitions {
  readonly #cache: Cache;
  readonly #place: RepeatPlace;
  readonly #known = new Map<CacheKey, Promise<Repetition>>();

  constructor(cache: Cache, place: RepeatPlace) {
    this.#cache = cache;
    this.#place = place;
  }

  /** @throws RepeatError for a state that cannot be executed again */
  of(key: CacheKey): Promise<Repetition> {
    let known = this.#known.get(key);
    if (known === undefined) {
      const { states } = this.#cache.query;
      const row = states.byKey(key);
      known =
        row === undefined
          ? Promise.reject(new RepeatError(`There is no state ${short(key)} on record.`))
          : repetitionOf(this.#cache, states.get(row.id)!, this.#place);
      this.#known.set(key, known);
    }
    return known;
  }

  /** What the key of an equivalence stands for. @throws RepeatError if it cannot be executed */
  ofEquivalence(equivalence: EquivalenceRecord): Promise<Repetition> {
    return equivalentRepetitionOf(this.#cache, equivalence, this.#place);
  }

  /**
   * What has to be executed, in this order, so that the state's outputs can be read; nothing if they can be.
   * @throws RepeatError if one of them cannot be executed again
   */
  async toRestore(key: CacheKey): Promise<readonly Repetition[]> {
    const found = new Map<CacheKey, Repetition>();
    const visit = async (state: CacheKey): Promise<void> => {
      if (found.has(state) || this.isReadable(state)) return;
      const repetition = await this.of(state);
      for (const producer of this.lostInputs(repetition)) await visit(producer);
      found.set(state, repetition);
    };
    await visit(key);
    return [...found.values()];
  }

  /**
   * The states that made the inputs whose bytes are missing. @throws RepeatError if one has come to other bytes since
   */
  lostInputs(repetition: Repetition): readonly CacheKey[] {
    const lost = repetition.inputs.filter((input) => !this.#isThere(input));
    return [...new Set(lost.map((input) => this.#producer(input, repetition)))];
  }

  /** Whether every output of the state is there. */
  isReadable(key: CacheKey): boolean {
    const state = this.#cache.query.states.byKey(key);
    if (state === undefined) return false;
    return this.#cache.query.states
      .outputs(state.id)
      .every(({ inline, digest, bytes }) => inline !== null || this.#cache.objects.has(digest, bytes));
  }

  #isThere({ digest, bytes, from }: RepeatedInput): boolean {
    if ('path' in from) return true;
    const [artifact] = this.#cache.query.prefixes.artifacts(digest, 1);
    return artifact?.inline != null || this.#cache.objects.has(digest, bytes);
  }

  /** The state that makes the input again. @throws RepeatError */
  #producer({ slot, digest, from }: RepeatedInput, { node }: Repetition): CacheKey {
    const { state, output } = from as Exclude<RepeatedInput['from'], { readonly path: string }>;
    const { states } = this.#cache.query;
    const now = states.outputs(states.byKey(state)!.id).find(({ name }) => name === output);
    if (now?.digest !== digest)
      throw new RepeatError(
        `Input ${slot} of node ${node} is missing from the cache, and state ${short(state)}, which made it, has come to other bytes since; run ${node} again.`,
      );
    return state;
  }
}
