/**
 * The `Io` of a real process. Writes are synchronous: nothing is lost when the process ends, and a reader that has gone
 * away (`restage log | head`) is an exception at the write, not an event later. Loading process.stdout takes 1 ms, so
 * it waits until something asks for the terminal.
 */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import { StandardOutputError } from '../../errors.ts';
import { harmless } from '../../ui/text/harmless.ts';
import { isColourful } from '../../ui/text/style.ts';
import { type Io, OutputClosedError, type TerminalStreams } from './io.ts';

export function processIo(): Io {
  let sink: ((text: string) => void) | undefined;
  const divertWrites = (take: (text: string) => void): (() => void) => {
    sink = take;
    return () => (sink = undefined);
  };
  return {
    get cwd() {
      return process.cwd();
    },
    env: process.env,
    writeOut(content) {
      if (typeof content !== 'string') writeOut(content);
      else if (sink !== undefined) sink(harmless(content, false));
      else writeOut(ordinary(content));
    },
    writeError(given) {
      const text = harmless(given, false);
      if (sink !== undefined) sink(text);
      else writeIfPossible(text);
    },
    readIn: () => Buffer.concat([...chunksOf(0)]).toString(),
    terminal() {
      if (!fstatSync(1).isCharacterDevice() || !process.stdout.isTTY) return undefined;
      const { stdin, stdout, stderr } = process;
      const writeRaw = (text: string): void => writeOut(Buffer.from(text));
      return { stdin, stdout, stderr, write: writeRaw, divertWrites } satisfies TerminalStreams;
    },
    onInterrupt(listener) {
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function ordinary(text: string): Buffer {
  return Buffer.from(harmless(text, isColourful(fstatSync(1).isCharacterDevice(), process.env)));
}

/** @throws OutputClosedError, StandardOutputError */
function writeOut(bytes: Uint8Array): void {
  try {
    write(1, bytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // A terminal that has gone away says EIO, as a disk that fails does.
    if (code === 'EPIPE' || (code === 'EIO' && fstatSync(1).isCharacterDevice()))
      throw new OutputClosedError('The reader of the output has gone away.');
    const meaning = systemErrorMeaning(cause);
    if (meaning === undefined) throw cause;
    throw new StandardOutputError(
      `Standard output cannot be written: ${meaning.cause}; ${meaning.remedy}, or send it elsewhere.`,
      { cause },
    );
  }
}

/** There is no place left to say that standard error cannot be written. */
function writeIfPossible(text: string): void {
  try {
    write(2, Buffer.from(text));
  } catch (error) {
    if (systemErrorMeaning(error) === undefined && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

const RETRY_MS = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));
const CHUNK_BYTES = 1 << 16;

function* chunksOf(fd: number): Generator<Buffer, void> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    try {
      const length = readSync(fd, chunk);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    } catch (error) {
      // A terminal or a pipe that another process made non-blocking has nothing yet.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, RETRY_MS);
    }
  }
}

function write(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A pipe that another process made non-blocking is full.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, RETRY_MS);
    }
  }
}
