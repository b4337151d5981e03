/**
 * Pushes the states that a run makes while it goes on, a few at a time and in the order in which they were made. What a
 * state was made of goes first, so that whoever finds its entry finds all of its lineage.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { RecordTooLongError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { StoredBytes } from '../entry.ts';
import { inLanes } from '../places/lanes.ts';
import { parseEntryKey } from '../layout.ts';
import { requireIntact } from '../parcel.ts';
import { fileSource } from '../push.ts';
import type { Remote } from '../remote.ts';
import { madeParcel, type MadeParcel, type MadeState } from './made-parcel.ts';
import type { Parts } from './parts.ts';
import type { RemoteStates } from './remote-states.ts';
import { isFault, type RemoteProblems } from './remote-problems.ts';

/** So many share a record. */
const MOST_AT_ONCE = 32;

export class WriteBehind {
  readonly pushed = { states: 0, bytes: 0 };
  readonly #cache: Cache;
  readonly #remote: Remote;
  readonly #states: RemoteStates;
  readonly #problems: RemoteProblems;
  readonly #signal: AbortSignal;
  readonly #waiting: CacheKey[] = [];
  /** Of which the remote has other bytes or cannot take the record, and what was made of them here. */
  readonly #apart = new Set<CacheKey>();
  readonly #there = new Set<Digest>();
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  /** After a failure, until the end of the run: a remote that does not answer is not asked after each state. */
  #isStuck = false;
  #fault: unknown;
  #onProgress: () => void = () => undefined;

  constructor({ cache, remote, states, problems, signal }: Parts) {
    this.#cache = cache;
    this.#remote = remote;
    this.#states = states;
    this.#problems = problems;
    this.#signal = signal;
  }

  /** How many states are still to be pushed. */
  get left(): number {
    return this.#waiting.length;
  }

  /** Whether all that was made is at the remote as it is here. */
  get isComplete(): boolean {
    return this.left === 0 && this.#apart.size === 0;
  }

  /** The run has made a state, which is on record. */
  made(state: CacheKey): void {
    this.#waiting.push(state);
    if (!this.#isStuck) void this.#begin();
  }

  /**
   * Pushes what is left, also after a failure, once.
   * @param onProgress called after each few states. @throws a bug; faults of the remote or of a disk are told
   */
  async settle(onProgress: () => void): Promise<void> {
    this.#onProgress = onProgress;
    await this.#work;
    this.#isStuck = false;
    await this.#begin();
    if (this.#fault !== undefined) throw this.#fault as Error;
  }

  #begin(): Promise<void> {
    if (!this.#isWorking) this.#work = this.#pushAll();
    return this.#work;
  }

  async #pushAll(): Promise<void> {
    this.#isWorking = true;
    while (this.left > 0 && !this.#isStuck && !this.#isStopped()) {
      const batch = this.#waiting.slice(0, MOST_AT_ONCE);
      try {
        await this.#push(batch);
        this.#waiting.splice(0, batch.length);
        this.#onProgress();
      } catch (error) {
        this.#isStuck = true;
        if (this.#isStopped()) break;
        if (isFault(error)) this.#problems.pushing(error);
        else this.#fault = error;
      }
    }
    this.#isWorking = false;
  }

  #isStopped(): boolean {
    return this.#signal.aborted;
  }

  async #push(keys: readonly CacheKey[]): Promise<void> {
    await this.#remote.requireMarker(this.#signal);
    const states = this.#withLineage(keys);
    const isMissing = new Map<CacheKey, boolean>();
    await inLanes(
      states,
      this.#remote.parallel,
      async ({ key }) => {
        isMissing.set(key, await this.#isMissing(key));
      },
      this.#signal,
    );
    await this.#pushMissing(states.filter(({ key }) => isMissing.get(key) === true));
  }

  /** In the order in which they were made. */
  async #pushMissing(states: readonly MadeState[]): Promise<void> {
    const missing = states.filter(({ key, id }) => !this.#isApart(key, id));
    if (missing.length === 0) return;
    const parcel = this.#parcelOf(missing);
    if (parcel === undefined) {
      if (missing.length === 1) return;
      const half = Math.ceil(missing.length / 2);
      await this.#pushMissing(missing.slice(0, half));
      await this.#pushMissing(missing.slice(half));
      return;
    }
    const { record, objects, entries } = parcel;
    await this.#send(objects);
    await this.#remote.putRecord(record, this.#signal);
    await inLanes(
      entries,
      this.#remote.parallel,
      async ({ key, entry }) => {
        await this.#remote.putEntryAlone(entry, this.#signal);
        const stored = parseEntryKey(entry.key)!;
        this.#states.add(key, { kind: 'made', id: stored.id, digest: stored.digest });
      },
      this.#signal,
    );
    this.pushed.states += missing.length;
  }

  /** Undefined if its record is too long: fewer states have a shorter one. A single state is told, and stays here. */
  #parcelOf(states: readonly MadeState[]): MadeParcel | undefined {
    try {
      return madeParcel(this.#cache, states, this.#remote.longestRecord);
    } catch (error) {
      if (!(error instanceof RecordTooLongError)) throw error;
      if (states.length > 1) return undefined;
      this.#problems.tooLong(error);
      this.#apart.add(states[0]!.key);
      return undefined;
    }
  }

  /** With the states that they were made of and that the remote lacks, in the order in which they were made. */
  #withLineage(keys: readonly CacheKey[]): readonly MadeState[] {
    const { query } = this.#cache;
    const found = new Map<CacheKey, MadeState>();
    const wanted = [...keys];
    for (let key = wanted.pop(); key !== undefined; key = wanted.pop()) {
      if (found.has(key)) continue;
      const { id, attempt } = query.states.get(query.states.byKey(key)!.id)!;
      found.set(key, { id, key, node: query.attempts.get(attempt)!.node });
      for (const producer of producersOf(this.#cache, id)) if (!this.#states.has(producer)) wanted.push(producer);
    }
    return [...found.values()].sort((a, b) => a.id - b.id);
  }

  /** False also where others have pushed it meanwhile, with all bytes of it that are here. */
  async #isMissing(key: CacheKey): Promise<boolean> {
    if (!this.#states.has(key))
      for (const entry of await this.#remote.made(key, this.#signal)) this.#states.add(key, entry);
    if (!this.#states.has(key)) return true;
    const here = this.#cache.query.states.outputs(this.#cache.query.states.byKey(key)!.id);
    for await (const { record, id, objects } of this.#states.told(key, this.#signal)) {
      const there = record.outputsOf(id);
      const other = here.find(({ name, digest }) => there.has(name) && there.get(name) !== digest);
      const isMoreHere = here.some(
        ({ inline, digest, bytes }) =>
          inline === null && !objects.has(digest) && this.#cache.objects.has(digest, bytes),
      );
      if (other === undefined && !isMoreHere) return false;
      // Whoever pushed it lacked bytes that are here.
      if (other === undefined) continue;
      const { stage } = this.#cache.query.states.get(this.#cache.query.states.byKey(key)!.id)!;
      const { name: output, digest } = other;
      this.#problems.conflict({ state: key, stage, output, here: digest, there: there.get(output)! });
      this.#apart.add(key);
      return false;
    }
    return true;
  }

  #isApart(key: CacheKey, id: number): boolean {
    const isApart = [key, ...producersOf(this.#cache, id)].some((each) => this.#apart.has(each));
    if (isApart) this.#apart.add(key);
    return isApart;
  }

  async #send(objects: readonly StoredBytes[]): Promise<void> {
    const unknown = objects.filter(({ digest }) => !this.#there.has(digest));
    for (const digest of await this.#remote.objectsThere(unknown, this.#signal)) this.#there.add(digest);
    const send = async (object: StoredBytes, stopped: AbortSignal): Promise<void> => {
      await requireIntact(this.#cache, object);
      await this.#remote.putObject(object, fileSource(this.#cache.objects.path(object.digest), object.bytes), stopped);
      this.#there.add(object.digest);
      this.pushed.bytes += object.bytes;
    };
    await inLanes(
      unknown.filter(({ digest }) => !this.#there.has(digest)),
      this.#remote.parallel,
      send,
      this.#signal,
    );
  }
}

function producersOf({ query }: Cache, state: number): readonly CacheKey[] {
  return query.lineage.inputs(state).flatMap(({ from }) => ('state' in from ? [from.state] : []));
}
