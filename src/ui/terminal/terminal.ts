/** The terminal of this process, as the parts of the view use it. */
import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './size.ts';

export interface Terminal {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Writes to the terminal synchronously. */
  readonly write: (text: string) => void;
  readonly size: () => Size;
  readonly isColourful: boolean;
  /** Catches restage's own texts, which bypass `stdout` and `stderr`, until the returned function is called. */
  readonly divertWrites: (take: (text: string) => void) => () => void;
}
