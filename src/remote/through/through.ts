/**
 * A remote as a run uses it: states are taken out of it instead of being made, and what is made is pushed meanwhile.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { RemoteTraffic, RunEvent } from '../../events.ts';
import type { OpenRunRemote, RunRemote } from '../../run/run-remote.ts';
import type { Place } from '../places/contract.ts';
import { openPlace } from '../places/open-place.ts';
import { push } from '../push.ts';
import { Remote } from '../remote.ts';
import type { RemoteSetting } from '../settings.ts';
import { LimitedPlace } from './limited-place.ts';
import type { Parts } from './parts.ts';
import { ReadThrough } from './read-through.ts';
import { RemoteStates } from './remote-states.ts';
import { isFault, RemoteProblems } from './remote-problems.ts';
import { WriteBehind } from './write-behind.ts';

/** Opens a remote for a run, which goes on without it if that fails. */
export function through(setting: RemoteSetting): OpenRunRemote {
  return async (cache, emit, signal) => {
    const tell = (text: string): void => emit({ type: 'notice', at: Date.now(), text });
    const problems = new RemoteProblems(setting.name, tell);
    const stop = new AbortController();
    const ended = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    let place: Place | undefined;
    try {
      place = new LimitedPlace(await openPlace(setting.address));
      const remote = await Remote.toWrite(place, ended);
      const states = await RemoteStates.list(remote, ended);
      return new Through({ cache, remote, states, problems, signal: ended, place, stop, emit });
    } catch (error) {
      await place?.close();
      if (isFault(error)) problems.absent(error);
      else if (!ended.aborted) throw error;
      return new Absent(setting.name);
    }
  };
}

interface ThroughParts extends Parts {
  readonly place: Place;
  /** Ends what goes on, by the signal. */
  readonly stop: AbortController;
  readonly emit: (event: RunEvent) => void;
}

class Through implements RunRemote {
  readonly name: string;
  readonly #parts: ThroughParts;
  readonly #reading: ReadThrough;
  readonly #pushing: WriteBehind;
  /** Two nodes may have the same key. */
  readonly #takes = new Map<CacheKey, Promise<boolean>>();
  #made = 0;

  constructor(parts: ThroughParts) {
    this.name = parts.problems.name;
    this.#parts = parts;
    this.#reading = new ReadThrough(parts);
    this.#pushing = new WriteBehind(parts);
  }

  has(key: CacheKey): boolean {
    const { problems, states } = this.#parts;
    return problems.isReadable && !this.#isStopped() && states.has(key);
  }

  take(key: CacheKey): Promise<boolean> {
    let taken = this.#takes.get(key);
    if (taken === undefined) {
      taken = this.#reading.take(key).finally(() => this.#takes.delete(key));
      this.#takes.set(key, taken);
    }
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

  async finish(runs: readonly number[]): Promise<RemoteTraffic> {
    const { cache, remote, problems } = this.#parts;
    const { taken } = this.#reading;
    const { pushed } = this.#pushing;
    let isRunThere = false;
    if (this.#made > 0 && this.#pushing.isComplete && !this.#isStopped())
      try {
        await remote.requireMarker(this.#parts.signal);
        const subjects = runs.map((run) => ({ kind: 'run', run: cache.query.runs.get(run)! }) as const);
        const sent = await push(cache, remote, subjects, {
          signal: this.#parts.signal,
          onTooLong: (error) => problems.tooLong(error),
        });
        for (const { bytes } of sent) pushed.bytes += bytes;
        isRunThere = sent.length === subjects.length;
      } catch (error) {
        if (isFault(error)) problems.pushing(error);
        else if (!this.#isStopped()) throw error;
      }
    return {
      name: this.name,
      taken: { ...taken },
      pushed: { ...pushed },
      left: this.#pushing.left,
      unused: problems.unused,
      isRunThere,
    };
  }

  async close(): Promise<void> {
    this.#parts.stop.abort();
    await Promise.allSettled([...this.#takes.values(), this.#pushing.settle(() => undefined)]);
    this.#reading.close();
    await this.#parts.place.close();
  }

  #isStopped(): boolean {
    return this.#parts.signal.aborted;
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
