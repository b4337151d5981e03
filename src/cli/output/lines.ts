/** Text output of verbs, line by line. On a terminal, lines that are too long for it break between words. */
import { wrapLines } from '../../ui/text/wrap.ts';
import type { Io } from '../io/io.ts';
import { screenOf } from './screen.ts';

export function writeLines(io: Io, lines: readonly string[]): void {
  const { width } = screenOf(io);
  writeExactly(
    io,
    lines.flatMap((line) => wrapLines(line, width)),
  );
}

/** For what a reader copies into a file. */
export function writeExactly(io: Io, lines: readonly string[]): void {
  io.writeOut(`${lines.join('\n')}\n`);
}

/** A sentence beside the output: on the terminal, if the errors go there too, it breaks as the output does. */
export function complain(io: Io, sentence: string): void {
  const isSeen = io.terminal()?.stderr.isTTY === true;
  const lines = wrapLines(`restage: ${sentence}`, isSeen ? screenOf(io).width : Number.POSITIVE_INFINITY);
  io.writeError(`${lines.join('\n')}\n`);
}
