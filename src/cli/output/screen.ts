/**
 * How a command's text may look: in colours only on a terminal and never against NO_COLOR, and as wide as the terminal.
 */
import { type Style, styleFor } from '../../ui/text/style.ts';
import type { Io } from '../io/io.ts';

export interface Screen {
  readonly style: Style;
  /** Columns of the terminal; infinite where the output is not a terminal. */
  readonly width: number;
}

export function screenOf(io: Io): Screen {
  const terminal = io.terminal();
  const columns = terminal?.stdout.columns ?? 0;
  return { style: styleFor(terminal !== undefined, io.env), width: columns > 0 ? columns : Number.POSITIVE_INFINITY };
}
