/** What the reporter for a terminal needs: the terminal itself, and what keys may do to the run. */
import type { PauseSwitch } from '../../execution/scheduling/pause-switch.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Presentation } from '../text/presentation.ts';

export interface TerminalOptions {
  readonly terminal: Terminal;
  /** Writes ordinary lines to standard output, while no view is there. */
  readonly print: (text: string) => void;
  /** Writes to standard error. */
  readonly complain: (text: string) => void;
  readonly presentation: Presentation;
  /** What keys may do to the run; null for a run of another process. */
  readonly control: RunControl | null;
  /** Stops watching a run of another process. */
  readonly leave: () => void;
}

export interface RunControl {
  /** Interrupts the run; a second call ends the process at once. */
  readonly cancel: () => void;
  readonly pause: PauseSwitch;
}
