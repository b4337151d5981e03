/**
 * What a command may use of the world around it. `main` takes it as an argument, so a command runs in any process: as
 * the whole of one, or in a test, where output is text in memory.
 */
import type { ReadStream, WriteStream } from 'node:tty';

export interface Io {
  /** Relative paths on the command line start here. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Writes to standard output before it returns: a text without what could harm a terminal, bytes as they are.
   * @throws OutputClosedError, StandardOutputError
   */
  writeOut(content: string | Uint8Array): void;
  /**
   * Writes to standard error before it returns, without what could harm a terminal; drops what nobody can read there.
   */
  writeError(text: string): void;
  /** All of standard input as text, once whoever writes it has ended it. */
  readIn(): string;
  /** The terminal that standard output is; undefined if standard output is not a terminal. */
  terminal(): TerminalStreams | undefined;
  /** Calls the listener at every interrupt (Ctrl-C) until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

export interface TerminalStreams {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Writes a text that moves the cursor, before it returns. @throws OutputClosedError, StandardOutputError */
  readonly write: (text: string) => void;
  /** Sends the texts that `writeOut` and `writeError` would write to `take` until the returned function is called. */
  readonly divertWrites: (take: (text: string) => void) => () => void;
}

/** Nobody reads standard output any more. */
export class OutputClosedError extends Error {}
