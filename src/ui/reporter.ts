/** A reader of the run's events that tells the user about them. */
import type { RunReport } from '../engine/request.ts';
import type { RunEvent } from '../events.ts';

export interface Reporter {
  event(event: RunEvent): void;
  /** The last word, after every event. */
  finish(report: RunReport): void;
}
