/** The world of a command whose output is shown as a page: it writes into memory, for a terminal of so many columns. */
import type { WriteStream } from 'node:tty';
import { harmless } from '../../ui/text/harmless.ts';
import { isColourful } from '../../ui/text/style.ts';
import type { Io, TerminalStreams } from '../io/io.ts';

export interface Captured {
  readonly io: Io;
  /** What was written so far, by lines, with restage's own colours and no other control characters. */
  readonly lines: () => readonly string[];
}

export function capturedIo({ cwd, env }: Io, streams: TerminalStreams, columns: number): Captured {
  const written: string[] = [];
  const take = (text: string): void => void written.push(text);
  const stdout = Object.create(streams.stdout, { columns: { value: columns } }) as WriteStream;
  const io: Io = {
    cwd,
    env,
    writeOut: (content) => take(typeof content === 'string' ? content : Buffer.from(content).toString('utf8')),
    writeError: take,
    readIn: () => '',
    terminal: () => ({ ...streams, stdout, write: take, divertWrites: () => () => undefined }),
    onInterrupt: () => () => undefined,
  };
  return {
    io,
    lines: () => harmless(written.join(''), isColourful(true, env)).replace(/\n$/, '').split('\n'),
  };
}
