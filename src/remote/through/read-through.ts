/**
 * Takes states out of a remote while a run goes on: the bytes first, each checked as it arrives, then the record of the
 * state and of what it was made of. The run makes what it does not get.
 */
import { setMaxListeners } from 'node:events';
import { type CacheKey, type Digest, short } from '../../core/identity/digest.ts';
import { RemoteError, SliceError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRow } from '../../store/query/states.ts';
import type { Merged } from '../../store/slice/merge-slice.ts';
import { type ForeignState, StateAdditions } from '../../store/slice/state-additions.ts';
import type { StoredBytes } from '../entry.ts';
import { inLanes } from '../places/lanes.ts';
import { objectKey } from '../layout.ts';
import type { Remote } from '../remote.ts';
import { Limit } from './limit.ts';
import type { Parts } from './parts.ts';
import type { RemoteStates, ToldState } from './remote-states.ts';
import type { RemoteProblems } from './remote-problems.ts';

/** A state whose objects are here. */
interface Arrived {
  readonly state: ForeignState;
  readonly resolve: (added: Merged | SliceError) => void;
  readonly reject: (error: unknown) => void;
}

export class ReadThrough {
  readonly taken = { states: 0, bytes: 0 };
  readonly #cache: Cache;
  readonly #remote: Remote;
  readonly #states: RemoteStates;
  readonly #problems: RemoteProblems;
  /** Nothing more is taken: the remote could not be read. */
  readonly #givenUp = new AbortController();
  readonly #signal: AbortSignal;
  readonly #limit: Limit;
  readonly #additions: StateAdditions;
  readonly #arrived: Arrived[] = [];
  /** Objects that are here and may not be on the disk yet. */
  readonly #unsynced: Digest[] = [];
  /** Of these one transfer is under way, whoever waits for it. */
  readonly #arriving = new Map<Digest, Promise<void>>();
  #isRecording = false;
  readonly #lineage = new Map<CacheKey, Promise<boolean>>();
  /** Of these, which of them each one waits for. */
  readonly #waitsFor = new Map<CacheKey, CacheKey>();

  constructor({ cache, remote, states, problems, signal }: Parts) {
    this.#cache = cache;
    this.#remote = remote;
    this.#states = states;
    this.#problems = problems;
    this.#signal = AbortSignal.any([signal, this.#givenUp.signal]);
    // Each transfer listens, and Node takes more than ten listeners for a mistake.
    setMaxListeners(0, this.#signal);
    this.#limit = new Limit(remote.parallel);
    this.#additions = new StateAdditions(cache.directory);
  }

  /** Whether the state is on record here now, with all of its bytes. @throws CacheError */
  async take(key: CacheKey): Promise<boolean> {
    return this.#limit.use(async () => {
      if (this.#isStopped()) return false;
      try {
        const here = this.#cache.query.states.byKey(key);
        const isHere = here === undefined ? await this.#takeWhole(key) : await this.#takeBytes(here);
        if (isHere) this.taken.states += 1;
        return isHere;
      } catch (error) {
        if (this.#isStopped()) return false;
        if (!(error instanceof RemoteError)) throw error;
        this.#failed(error);
        return false;
      }
    });
  }

  #failed(error: RemoteError): void {
    this.#problems.reading(error);
    if (!this.#problems.isReadable) this.#givenUp.abort();
  }

  #isStopped(): boolean {
    return this.#signal.aborted;
  }

  /** Of a state on record whose bytes are gone. */
  async #takeBytes(state: StateRow): Promise<boolean> {
    const missing = this.#cache.query.states
      .outputs(state.id)
      .filter(({ inline, digest, bytes }) => inline === null && !this.#cache.objects.has(digest, bytes));
    const there = await this.#remote.objectsThere(missing, this.#signal);
    if (missing.some(({ digest }) => !there.has(digest))) return false;
    await this.#fetch(missing);
    const digests = missing.map(({ digest }) => digest);
    await this.#cache.objects.sync(digests);
    this.#cache.record.evictions.returned(digests);
    return true;
  }

  async #takeWhole(key: CacheKey): Promise<boolean> {
    for await (const told of this.#states.told(key, this.#signal)) {
      const objects = told.record.objectsOf(told.id);
      if (objects.some(({ isOutput, digest }) => isOutput && !told.objects.has(digest))) continue;
      await this.#fetch(objects.filter(({ digest }) => told.objects.has(digest)));
      if (await this.#add(key, told)) return true;
    }
    return false;
  }

  /** The record of a state that others were made of: its bytes are taken when a node needs them. */
  #takeRecord(key: CacheKey): Promise<boolean> {
    let pending = this.#lineage.get(key);
    if (pending === undefined) {
      pending = this.#takeRecordOnce(key);
      this.#lineage.set(key, pending);
    }
    return pending;
  }

  async #takeRecordOnce(key: CacheKey): Promise<boolean> {
    for await (const told of this.#states.told(key, this.#signal)) {
      const code = told.record
        .objectsOf(told.id)
        .filter(({ isOutput, digest }) => !isOutput && told.objects.has(digest));
      await this.#fetch(code);
      if (await this.#add(key, told, key)) return true;
    }
    return false;
  }

  /** @param waiter the record that others wait for until this is done */
  async #add(key: CacheKey, { record, id }: ToldState, waiter?: CacheKey): Promise<boolean> {
    for (const producer of record.producersOf(id)) {
      if (this.#cache.query.states.byKey(producer) !== undefined) continue;
      if (!(await this.#takeProducer(producer, waiter))) return false;
    }
    const added = await this.#record({ record, id });
    if (added instanceof SliceError)
      this.#problems.unusable(`The state ${short(key)} in ${this.#problems.name} cannot be used: ${added.message}.`);
    else if (added.conflicts.length > 0) this.#problems.conflict(added.conflicts[0]!);
    else return true;
    return false;
  }

  async #takeProducer(producer: CacheKey, waiter: CacheKey | undefined): Promise<boolean> {
    if (waiter === undefined) return this.#takeRecord(producer);
    for (let at: CacheKey | undefined = producer; at !== undefined; at = this.#waitsFor.get(at))
      if (at === waiter) {
        this.#problems.unusable(
          `The state ${short(waiter)} in ${this.#problems.name} cannot be used: it is said to be made of itself.`,
        );
        return false;
      }
    this.#waitsFor.set(waiter, producer);
    try {
      return await this.#takeRecord(producer);
    } finally {
      this.#waitsFor.delete(waiter);
    }
  }

  /** With the others that have arrived by then: their objects reach the disk, and then they are recorded. */
  #record(state: ForeignState): Promise<Merged | SliceError> {
    return new Promise((resolve, reject) => {
      this.#arrived.push({ state, resolve, reject });
      if (!this.#isRecording) void this.#recordAll();
    });
  }

  async #recordAll(): Promise<void> {
    this.#isRecording = true;
    while (this.#arrived.length > 0) {
      const arrived = this.#arrived.splice(0);
      try {
        const digests = this.#unsynced.splice(0);
        await this.#cache.objects.sync(digests);
        const added = this.#additions.add(arrived.map(({ state }) => state));
        this.#cache.record.evictions.returned(digests);
        for (const [index, { resolve }] of arrived.entries()) resolve(added[index]!);
      } catch (error) {
        for (const { reject } of arrived) reject(error);
      }
    }
    this.#isRecording = false;
  }

  /** To be called when nothing is taken any more. */
  close(): void {
    this.#additions.close();
  }

  async #fetch(objects: readonly StoredBytes[]): Promise<void> {
    const { objects: store } = this.#cache;
    const wanted = objects.filter(({ digest, bytes }) => !store.has(digest, bytes));
    await inLanes(wanted, this.#remote.parallel, (object) => this.#arrival(object), this.#signal);
  }

  async #arrival(object: StoredBytes): Promise<void> {
    const { digest, bytes } = object;
    // It may have come for another state while this one waited for its turn.
    if (this.#cache.objects.has(digest, bytes)) return;
    let arriving = this.#arriving.get(digest);
    if (arriving === undefined) {
      arriving = this.#receive(object).finally(() => this.#arriving.delete(digest));
      this.#arriving.set(digest, arriving);
    }
    return arriving;
  }

  async #receive(object: StoredBytes): Promise<void> {
    try {
      if (!(await this.#cache.objects.receive(object, this.#remote.object(object, this.#signal))))
        throw this.#remote.damaged(objectKey(object.digest));
    } catch (error) {
      // At once: those that wait for their turn at the remote would wait in vain.
      if (error instanceof RemoteError && error.failure !== 'damaged' && !this.#isStopped()) this.#failed(error);
      throw error;
    }
    this.taken.bytes += object.bytes;
    this.#unsynced.push(object.digest);
  }
}
