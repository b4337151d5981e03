/**
 * Brings back the bytes of states on record that no node of the graph makes: from where others keep them, or by
 * executing the states again. Whatever has changed since a state was made, only the bytes that are on record count:
 * their digest decides whether it is restored.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from '../../core/artifact/artifact.ts';
import { type CacheKey, short } from '../../core/identity/digest.ts';
import { CacheError, RepeatError } from '../../errors.ts';
import { changeClause } from '../../identity/change-clause.ts';
import type { Repetition } from '../../planning/repetition/repetition.ts';
import type { Repetitions } from '../../planning/repetition/repetitions.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateSource } from './state-source.ts';
import type { LastEvent, Repeater } from './repeater.ts';
import { repeatTask } from './repeat-task.ts';

const LEASE_POLL_MS = 100;
/** Without a limit, a disk that damages everything written to it would have a state made forever. */
const MOST_TRIES = 3;

/** An attempt at a state was cancelled. */
export class RestoreCancelled extends Error {}

export type RestorableStates = Pick<Repetitions, 'of' | 'lostInputs' | 'isReadable'>;

export interface RestorerOptions {
  /** Begins the ids of tasks. */
  readonly id: string;
  /** Told before a state is executed again or taken from elsewhere, in one sentence. */
  readonly tell: (sentence: string) => void;
  /** Where the bytes may be, so that nothing has to be executed for them. */
  readonly source?: StateSource | undefined;
}

export class Restorer {
  readonly #cache: Cache;
  readonly #repetitions: RestorableStates;
  readonly #repeater: Repeater;
  readonly #options: RestorerOptions;
  readonly #pending = new Map<CacheKey, Promise<void>>();
  #cancelled = false;
  #tasks = 0;

  constructor(cache: Cache, repetitions: RestorableStates, repeater: Repeater, options: RestorerOptions) {
    this.#cache = cache;
    this.#repetitions = repetitions;
    this.#repeater = repeater;
    this.#options = options;
  }

  /**
   * Returns when every output of the state can be read.
   * @throws RepeatError, RestoreCancelled
   */
  restore(key: CacheKey): Promise<void> {
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#restore(key).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#repeater.cancel();
  }

  async #restore(key: CacheKey): Promise<void> {
    if (await this.#isTaken(key)) return;
    const repetition = await this.#repetitions.of(key);
    for (let tries = 1; !this.#repetitions.isReadable(key); tries++) {
      await Promise.all(this.#repetitions.lostInputs(repetition).map((producer) => this.restore(producer)));
      await this.#whileLeased(key, async () => {
        const event = await this.#repeat(repetition);
        if (event.type === 'succeeded') await this.#keep(repetition, event.outputs);
        else if (tries === MOST_TRIES || !this.#removeDamaged(repetition)) throw failed(repetition, event);
      });
    }
  }

  /** Whether the bytes can be read, since they came from the source or were there. */
  async #isTaken(key: CacheKey): Promise<boolean> {
    const { source, tell } = this.#options;
    if (this.#cancelled || source?.has(key) !== true) return false;
    if (this.#repetitions.isReadable(key)) return true;
    tell(`State ${short(key)} is missing bytes in the cache; they are taken from ${source.name}, or made again.`);
    return source.take(key);
  }

  /** Two processes do not make the same bytes at the same time. */
  async #whileLeased(key: CacheKey, work: () => Promise<void>): Promise<void> {
    const { leases } = this.#cache;
    while (!leases.acquire([key])[0]) {
      this.#checkCancelled();
      await sleep(LEASE_POLL_MS);
      if (this.#repetitions.isReadable(key)) return;
    }
    try {
      if (!this.#repetitions.isReadable(key)) await work();
    } finally {
      leases.release(key);
    }
  }

  #repeat(repetition: Repetition): Promise<LastEvent> {
    this.#checkCancelled();
    const { state } = repetition;
    const why = this.#cache.isEvicted(repetition.outputs)
      ? 'was evicted by "restage gc"'
      : 'is missing bytes in the cache';
    this.#options.tell(`${called(repetition)} ${why}; it is executed again from the record.`);
    this.#tasks += 1;
    const task = repeatTask(this.#cache, repetition, {
      id: `${this.#options.id}.${this.#tasks}.${state.slice(0, 16)}`,
      strict: false,
      checkpointFile: join(this.#cache.directory, 'checkpoints', state),
    });
    return this.#repeater.run(task);
  }

  /** Inputs whose bytes are not what they should be: whether there were any. They are missing then. */
  #removeDamaged({ inputs }: Repetition): boolean {
    return inputs.filter(({ digest, from }) => 'state' in from && this.#cache.objects.removeDamaged(digest)).length > 0;
  }

  async #keep(repetition: Repetition, outputs: readonly Output[]): Promise<void> {
    const made = new Map(outputs.map((output) => [output.name, output]));
    const others = repetition.outputs.filter(({ name, digest }) => made.get(name)?.digest !== digest);
    if (others.length > 0) throw otherBytes(repetition, others);
    const { objects } = this.#cache;
    // Of an output that the record held itself, and lost.
    for (const { name, inline } of repetition.outputs) {
      const value = made.get(name)!.inline;
      if (inline === null && value !== null) objects.put([value]);
    }
    const digests = repetition.outputs.flatMap(({ inline, digest }) => (inline === null ? [digest] : []));
    await objects.sync(digests);
    this.#cache.record.evictions.returned(digests);
  }

  #checkCancelled(): void {
    if (this.#cancelled) throw new RestoreCancelled();
  }
}

function failed(repetition: Repetition, { failure, ofCache }: Extract<LastEvent, { readonly type: 'failed' }>): Error {
  if (failure.class === 'cancelled') return new RestoreCancelled();
  if (ofCache === true) return new CacheError(failure.message);
  return new RepeatError(
    `${called(repetition)} is missing bytes in the cache; executed again from the record, it failed: ${failure.message}`,
  );
}

function called({ node, state, run }: Repetition): string {
  return `State ${short(state)} of ${node}, made by run ${run},`;
}

function otherBytes(repetition: Repetition, others: readonly Output[]): RepeatError {
  const { differences, stage } = repetition;
  const why =
    differences.length === 0
      ? `stage ${stage} is not deterministic`
      : `since then, ${differences.map(changeClause).join(', ')}`;
  return new RepeatError(
    `${called(repetition)} is missing bytes in the cache; executed again from the record, it gave other bytes for ${others.map(({ name }) => name).join(', ')}: ${why}; name another state.`,
  );
}
