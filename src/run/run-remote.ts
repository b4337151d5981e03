/**
 * What a run wants of a remote: the states that it lacks, and a place for those that it makes. Whatever fails there,
 * the run goes on.
 */
import type { RemoteTraffic, RunEvent } from '../events.ts';
import type { StateSource } from '../execution/repetition/state-source.ts';
import type { Cache } from '../store/cache.ts';

export interface RunRemote extends StateSource {
  /** The run has made a state, which is on record. */
  made(state: string): void;
  /** Returns when what was made is there, or cannot be brought there, or the signal is aborted. */
  settle(): Promise<void>;
  /**
   * The run itself, and others that belong to it, go there too if something was made. All have their end. What came of
   * it all.
   */
  finish(runs: readonly number[]): Promise<RemoteTraffic>;
  /** Ends what still goes on. To be called before the cache is closed. */
  close(): Promise<void>;
}

/**
 * @param emit takes notices, and how far the pushing is. @param signal ends what goes on: a person does not want to
 * wait
 */
export type OpenRunRemote = (
  cache: Cache,
  emit: (event: RunEvent) => void,
  signal: AbortSignal | undefined,
) => Promise<RunRemote>;
