/** A reader of the run's events that tells the user about them. */
import type { RunReport } from '../../run/request.ts';
import type { RunEvent } from '../../events.ts';

export interface Reporter {
  event(event: RunEvent): void;
  /** The last word, after every event. */
  finish(report: RunReport): void;
  /** The run is being interrupted, and will end soon. True if the user is told so by this. */
  interrupting?(): boolean;
  /** Gives back what it holds of the terminal, if it has not finished: after an error, or when nobody watches any more. */
  close?(): void;
}
