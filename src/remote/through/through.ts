/** A remote as a run uses it: states are taken out of it instead of being made, and what is made is pushed meanwhile. */
import type { CacheKey } from '../../core/identity/digest.ts';
import { RemoteError, RestageError } from '../../errors.ts';
import type { RemoteTraffic, RunEvent } from '../../events.ts';
import type { OpenRunRemote, RunRemote } from '../../run/run-remote.ts';
import type { Cache } from '../../store/cache.ts';
import type { Place } from '../places/contract.ts';
import { openPlace } from '../places/open-place.ts';
import { push } from '../push.ts';
import { Remote } from '../remote.ts';
import type { RemoteSetting } from '../settings.ts';
import { ReadThrough } from './read-through.ts';
import { RemoteStates } from './remote-states.ts';
import { Trouble } from './trouble.ts';
import { WriteBehind } from './write-behind.ts';

/** Opens a remote for a run. Nothing fails but what is wrong with the cache. */
export function through(setting: RemoteSetting): OpenRunRemote {
  return async (cache, emit, signal) => {
    const tell = (text: string): void => emit({ type: 'notice', at: Date.now(), text });
    const trouble = new Trouble(setting.name, tell);
    const stop = new AbortController();
    const stopped = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    let place: Place | undefined;
    try {
      place = await openPlace(setting.address);
      const remote = await Remote.toWrite(place);
      const states = await RemoteStates.list(remote, stopped);
      const parts = { cache, remote, states, trouble, place, stop, emit };
      return new Through(parts, stopped);
    } catch (error) {
      await place?.close();
      if (!(error instanceof RemoteError) && !stopped.aborted) throw error;
      if (error instanceof RemoteError) trouble.absent(error);
      return new Absent(setting.name);
    }
  };
}

interface Parts {
  readonly cache: Cache;
  readonly remote: Remote;
  readonly states: RemoteStates;
  readonly trouble: Trouble;
  readonly place: Place;
  /** Ends what goes on. */
  readonly stop: AbortController;
  readonly emit: (event: RunEvent) => void;
}

class Through implements RunRemote {
  readonly name: string;
  readonly #parts: Parts;
  readonly #signal: AbortSignal;
  readonly #reading: ReadThrough;
  readonly #pushing: WriteBehind;
  readonly #takes = new Set<Promise<boolean>>();
  #made = 0;

  constructor(parts: Parts, signal: AbortSignal) {
    const { cache, remote, states, trouble } = parts;
    this.name = trouble.name;
    this.#parts = parts;
    this.#signal = signal;
    this.#reading = new ReadThrough(cache, remote, states, trouble, signal);
    this.#pushing = new WriteBehind(cache, remote, states, trouble, signal);
  }

  has(key: CacheKey): boolean {
    const { trouble, states } = this.#parts;
    return trouble.isReadable && !this.#signal.aborted && states.has(key);
  }

  take(key: CacheKey): Promise<boolean> {
    const taken = this.#reading.take(key);
    this.#takes.add(taken);
    const forget = (): boolean => this.#takes.delete(taken);
    taken.then(forget, forget);
    return taken;
  }

  made(state: string): void {
    this.#made += 1;
    this.#pushing.made(state as CacheKey);
  }

  async settle(): Promise<void> {
    this.#tellLeft();
    await this.#pushing.settle(() => this.#tellLeft());
  }

  async finish(run: number): Promise<RemoteTraffic> {
    const { cache, remote, trouble } = this.#parts;
    const { taken } = this.#reading;
    const { pushed } = this.#pushing;
    let isRunThere = false;
    if (this.#made > 0 && this.#pushing.isComplete && !this.#isStopped())
      try {
        const [sent] = await push(cache, remote, [{ kind: 'run', run: cache.query.runs.get(run)! }], {
          signal: this.#signal,
        });
        pushed.bytes += sent!.bytes;
        isRunThere = true;
      } catch (error) {
        if (error instanceof RestageError) trouble.pushing(error);
        else if (!this.#isStopped()) throw error;
      }
    return {
      name: this.name,
      taken: { ...taken },
      pushed: { ...pushed },
      left: this.#pushing.left,
      unused: trouble.unused,
      isRunThere,
    };
  }

  async close(): Promise<void> {
    this.#parts.stop.abort();
    await Promise.allSettled([...this.#takes, this.#pushing.settle(() => undefined)]);
    this.#reading.close();
    await this.#parts.place.close();
  }

  #isStopped(): boolean {
    return this.#signal.aborted;
  }

  #tellLeft(): void {
    const { left } = this.#pushing;
    if (left > 0) this.#parts.emit({ type: 'run-pushing', at: Date.now(), remote: this.name, left });
  }
}

/** A remote that could not be reached when the run began. */
class Absent implements RunRemote {
  readonly name: string;
  #made = 0;

  constructor(name: string) {
    this.name = name;
  }

  has(): boolean {
    return false;
  }

  take(): Promise<boolean> {
    return Promise.resolve(false);
  }

  made(): void {
    this.#made += 1;
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<RemoteTraffic> {
    const nothing = { states: 0, bytes: 0 };
    return Promise.resolve({
      ...{ name: this.name, taken: nothing, pushed: nothing },
      ...{ left: this.#made, unused: 0, isRunThere: false },
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
