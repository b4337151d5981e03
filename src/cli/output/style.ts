/** The colours of a command's output: only on a terminal, and never against NO_COLOR. */
import { type Style, styleFor } from '../../ui/text/style.ts';
import type { Io } from '../io/io.ts';

export function styleOf(io: Io): Style {
  return styleFor(io.terminal() !== undefined, io.env);
}
