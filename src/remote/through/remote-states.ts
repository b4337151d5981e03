/**
 * Which states a remote has, and the records that tell them: when a run begins, one listing and the entries of all runs
 * that are there; and a record when a state of it is asked for. What others push meanwhile is known once `add` tells
 * it.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { RemoteError, SliceError } from '../../errors.ts';
import { MIGRATIONS } from '../../store/database/migrations.ts';
import { ForeignRecord } from '../../store/slice/foreign-record.ts';
import { parseSlice } from '../../store/slice/record-slice.ts';
import type { Entry, StoredBytes } from '../entry.ts';
import { type EntryKey, isOfKind } from '../layout.ts';
import type { Remote } from '../remote.ts';
import { readEntries } from '../select-entries.ts';

/** Records that are kept loaded. Of a run there is one for all of its states. */
const MOST_RECORDS = 8;

/** What an entry says about its record. */
type Described = Pick<Entry, 'schema' | 'record' | 'objects'>;

/** A state as a record of the remote tells it. */
export interface ToldState {
  readonly record: ForeignRecord;
  /** Its number in the record. */
  readonly id: number;
  /** The objects that came with the record. */
  readonly objects: ReadonlySet<Digest>;
}

export class RemoteStates {
  readonly #remote: Remote;
  /** By state, the entries that tell it, runs first and of these the latest: one record of them tells many states. */
  readonly #entries: Map<CacheKey, (Entry | EntryKey<'state' | 'made'>)[]>;
  readonly #records = new Map<Digest, Promise<ForeignRecord>>();
  /** Of the run: whoever asks for a record may give up, and others wait for it too. */
  readonly #signal: AbortSignal;

  /** @throws RemoteError */
  static async list(remote: Remote, signal: AbortSignal): Promise<RemoteStates> {
    const [listed, made] = await Promise.all([remote.entries(signal), remote.made(undefined, signal)]);
    const ofRuns = listed.filter(({ kind }) => kind === 'run');
    const runs = (await readEntries(remote, ofRuns, signal)).entries.map(({ entry }) => entry);
    const entries = new Map<CacheKey, (Entry | EntryKey<'state' | 'made'>)[]>();
    const add = (key: CacheKey, entry: Entry | EntryKey<'state' | 'made'>): void => {
      const known = entries.get(key);
      if (known === undefined) entries.set(key, [entry]);
      else known.push(entry);
    };
    for (const run of runs.reverse()) for (const key of new Set(run.nodes.map(({ state }) => state))) add(key, run);
    for (const key of [...made, ...listed.filter((each) => isOfKind(each, 'state'))]) add(key.id as CacheKey, key);
    return new RemoteStates(remote, entries, signal);
  }

  private constructor(
    remote: Remote,
    entries: Map<CacheKey, (Entry | EntryKey<'state' | 'made'>)[]>,
    signal: AbortSignal,
  ) {
    this.#remote = remote;
    this.#entries = entries;
    this.#signal = signal;
  }

  has(key: CacheKey): boolean {
    return this.#entries.has(key);
  }

  /** It is there from now on. */
  add(key: CacheKey, entry: EntryKey<'made'>): void {
    this.#entries.set(key, [...(this.#entries.get(key) ?? []), entry]);
  }

  /** As each of the entries tells it that this restage can read, until nobody asks for more. @throws RemoteError */
  async *told(key: CacheKey, signal: AbortSignal): AsyncGenerator<ToldState> {
    for (const each of this.#entries.get(key) ?? []) {
      const entry = 'record' in each ? each : await this.#described(each, signal);
      if (entry === undefined || entry.schema > MIGRATIONS.length) continue;
      const record = await this.#record(entry);
      const id = record.idOf(key);
      if (id !== undefined) yield { record, id, objects: new Set(entry.objects.map(({ digest }) => digest)) };
    }
  }

  #described(key: EntryKey<'state' | 'made'>, signal: AbortSignal): Promise<Described | undefined> {
    return isOfKind(key, 'made') ? this.#remote.madeEntry(key, signal) : this.#remote.entry(key as EntryKey, signal);
  }

  #record(entry: Described): Promise<ForeignRecord> {
    const { digest } = entry.record;
    const kept = this.#records.get(digest) ?? this.#load(entry);
    // The one that was used last is the last.
    this.#records.delete(digest);
    this.#records.set(digest, kept);
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= MOST_RECORDS) break;
      this.#records.delete(oldest);
    }
    kept.catch(() => this.#records.delete(digest));
    return kept;
  }

  async #load({ record, schema }: { readonly record: StoredBytes; readonly schema: number }) {
    const text = await this.#remote.record(record, this.#signal);
    try {
      return new ForeignRecord(parseSlice(text, schema));
    } catch (error) {
      if (!(error instanceof SliceError)) throw error;
      const { address } = this.#remote;
      throw new RemoteError('damaged', `${address} has a record that cannot be used: ${error.message}.`, {
        cause: error,
      });
    }
  }
}
