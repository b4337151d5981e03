/** Everything that decides how a frame looks. */
import type { RunModel } from '../model/run-model.ts';
import type { MemoryUse } from '../terminal/memory-use.ts';
import type { Size } from '../terminal/size.ts';
import type { Place } from './navigation.ts';

export interface FrameInput {
  readonly model: RunModel;
  readonly place: Place;
  readonly size: Size;
  /** In milliseconds, as the times of the events are. */
  readonly now: number;
  readonly memory: MemoryUse | null;
  /** The command that started the run. */
  readonly command: string;
  /** The command that prints a node's log. */
  readonly logCommand: (node: string) => string;
  readonly keys: KeySet;
  /** The run is being interrupted. */
  readonly isStopping: boolean;
  /** Paths below it are written relative to it. */
  readonly directory: string;
}

/** `none`: there is no keyboard. `watch`: the run belongs to another process; q only leaves the view. */
export type KeySet = 'none' | 'watch' | 'control';
