/** What a watch tells beside the events of its runs. Times are milliseconds since 1970 (UTC). */
import type { Cause, EditedFile } from './causes.ts';

export type WatchEvent = WatchPlanned | WatchBroken | WatchWaiting;

/** An edit was planned for; a run follows if anything is to be done. */
export interface WatchPlanned {
  readonly type: 'watch-planned';
  readonly at: number;
  /** Files; folders where no file changed, but names in folders. */
  readonly edited: readonly EditedFile[];
  readonly causes: readonly Cause[];
  /** Nodes below those of the causes: whether they run depends on what their inputs come out as. */
  readonly pending: number;
  /** Whether a run follows. */
  readonly runs: boolean;
  /** From the moment at which the edit was noticed to the plan. */
  readonly seconds: number;
}

/** There is no plan: the definition, the parameters or a file are wrong. The watch goes on. */
export interface WatchBroken {
  readonly type: 'watch-broken';
  readonly at: number;
  readonly edited: readonly EditedFile[];
  readonly code: string;
  /** One sentence. */
  readonly message: string;
}

export interface WatchWaiting {
  readonly type: 'watch-waiting';
  readonly at: number;
  /** How many files are watched; folders and places where a file might appear are not counted. */
  readonly files: number;
  readonly from: 'events' | 'polling';
  /** Why it polls; null if it does not. */
  readonly why: string | null;
}
