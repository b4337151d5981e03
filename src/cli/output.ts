/**
 * Writing to the terminal, a pipe or a file, at once: nothing is lost when the process ends, and a reader that has gone
 * away (`restage log | head`) is an exception here and now, not an event later on. Loading process.stdout takes 1 ms more.
 */
import { fstatSync, writeSync } from 'node:fs';

/** Nobody reads the output any more. */
export class OutputClosedError extends Error {}

/** @throws OutputClosedError */
export function writeOut(text: string): void {
  write(1, Buffer.from(text));
}

/** @throws OutputClosedError */
export function writeOutBytes(bytes: Uint8Array): void {
  write(1, bytes);
}

export function writeError(text: string): void {
  if (errorSink !== undefined) {
    errorSink(text);
    return;
  }
  try {
    write(2, Buffer.from(text));
  } catch (error) {
    if (!(error instanceof OutputClosedError)) throw error;
  }
}

let errorSink: ((text: string) => void) | undefined;

/** Where `writeError` goes until the function that this gives is called: a terminal view has lines of its own to look after. */
export function divertErrors(sink: (text: string) => void): () => void {
  errorSink = sink;
  return () => (errorSink = undefined);
}

/** Pretty, for people who look at it and for jq alike. */
export function writeJson(value: unknown): void {
  writeOut(`${JSON.stringify(value, null, 2)}\n`);
}

export function stdoutIsTerminal(): boolean {
  return fstatSync(1).isCharacterDevice() && process.stdout.isTTY;
}

const RETRY_MS = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

function write(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw new OutputClosedError('The reader of the output has gone away.');
      // A pipe that another process made non-blocking is full.
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, RETRY_MS);
    }
  }
}
