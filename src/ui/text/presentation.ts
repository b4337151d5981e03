/** How ordinary lines are written: with which colours and commands, how wide, and relative to which directory. */
import type { Commands } from './commands.ts';
import type { Style } from './style.ts';

export interface Presentation {
  readonly style: Style;
  readonly commands: Commands;
  /** Columns of the terminal; infinite where the output is not a terminal: nothing is wrapped then. */
  readonly width: () => number;
  /** Paths below it are written relative to it. */
  readonly directory: string;
}
