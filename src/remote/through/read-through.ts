/**
 * Takes states out of a remote while a run goes on: the bytes first, each checked as it arrives, then the record of the state
 * and of what it was made of. The run makes what it does not get.
 */
import { type CacheKey, type Digest, short } from '../../core/identity/digest.ts';
import { RemoteError, SliceError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRow } from '../../store/query/states.ts';
import type { Conflict, Merged } from '../../store/slice/merge-slice.ts';
import { type ForeignState, StateAdditions } from '../../store/slice/state-additions.ts';
import type { StoredBytes } from '../entry.ts';
import { inLanes } from '../places/lanes.ts';
import { objectKey } from '../layout.ts';
import type { Remote } from '../remote.ts';
import { Lanes } from './lanes-of-run.ts';
import type { RemoteStates, ToldState } from './remote-states.ts';
import type { Trouble } from './trouble.ts';

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
  readonly #trouble: Trouble;
  readonly #signal: AbortSignal;
  readonly #lanes: Lanes;
  readonly #additions: StateAdditions;
  readonly #arrived: Arrived[] = [];
  /** Objects that are here and may not be on the disk yet. */
  readonly #unsynced: Digest[] = [];
  #isRecording = false;
  readonly #lineage = new Map<CacheKey, Promise<boolean>>();

  constructor(cache: Cache, remote: Remote, states: RemoteStates, trouble: Trouble, signal: AbortSignal) {
    this.#cache = cache;
    this.#remote = remote;
    this.#states = states;
    this.#trouble = trouble;
    this.#signal = signal;
    this.#lanes = new Lanes(remote.parallel);
    this.#additions = new StateAdditions(cache.directory);
  }

  /** Whether the state is on record here now, with all of its bytes. @throws CacheError */
  async take(key: CacheKey): Promise<boolean> {
    return this.#lanes.use(async () => {
      if (this.#isStopped()) return false;
      try {
        const here = this.#cache.query.states.byKey(key);
        const isHere = here === undefined ? await this.#takeWhole(key) : await this.#takeBytes(here);
        if (isHere) this.taken.states += 1;
        return isHere;
      } catch (error) {
        if (this.#isStopped()) return false;
        if (!(error instanceof RemoteError)) throw error;
        this.#trouble.reading(error);
        return false;
      }
    });
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
    await this.#cache.objects.sync(missing.map(({ digest }) => digest));
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
      if (await this.#add(key, told)) return true;
    }
    return false;
  }

  async #add(key: CacheKey, { record, id }: ToldState): Promise<boolean> {
    for (const producer of record.producersOf(id)) {
      if (this.#cache.query.states.byKey(producer) !== undefined) continue;
      if (!(await this.#takeRecord(producer))) return false;
    }
    const added = await this.#record({ record, id });
    if (added instanceof SliceError)
      this.#trouble.unusable(`The state ${short(key)} in ${this.#trouble.name} cannot be used: ${added.message}.`);
    else if (added.conflicts.length > 0)
      this.#trouble.unusable(conflictSentence(added.conflicts[0]!, this.#trouble.name));
    else return true;
    return false;
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
        await this.#cache.objects.sync([...this.#unsynced.splice(0)]);
        const added = this.#additions.add(arrived.map(({ state }) => state));
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
    const fetch = async (object: StoredBytes, stopped: AbortSignal): Promise<void> => {
      if (!(await store.receive(object, this.#remote.object(object, stopped))))
        throw this.#remote.damaged(objectKey(object.digest));
      this.taken.bytes += object.bytes;
    };
    await inLanes(wanted, this.#remote.parallel, fetch, this.#signal);
    this.#unsynced.push(...wanted.map(({ digest }) => digest));
  }
}

export function conflictSentence({ stage, output, state, here, there }: Conflict, remote: string): string {
  return `This cache has other bytes than ${remote} for ${stage}.${output} of the state ${short(state)} (${short(here)} here, ${short(there)} there); what is here stays, and "restage verify ${short(state)}" shows which of the two comes again.`;
}
