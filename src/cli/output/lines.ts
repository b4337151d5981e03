/** Text output of verbs, line by line. */
import type { Io } from '../io/io.ts';

export function writeLines(io: Io, lines: readonly string[]): void {
  io.writeOut(`${lines.join('\n')}\n`);
}
