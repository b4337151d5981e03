/** A reader of a run's events that tells the user about them. */
import type { RunReport } from '../../run/request.ts';
import type { RunEvent } from '../../events.ts';

export interface Reporter {
  event(event: RunEvent): void;
  /** Called once, after all events of a run that ended in order. */
  finish(report: RunReport): void;
  /** The run is being interrupted and will end soon. True if this has told the user so. */
  interrupting?(): boolean;
  /** Restores the terminal, if `finish` was not called: after an error, or when the user stops watching. */
  close?(): void;
}
