/**
 * The view on a real terminal: Ink draws into the `Screen`, keys are read raw, and whatever happens to this process, the
 * terminal is given back as it was. What other code of this process prints meanwhile goes above the view, line by line.
 */
import { EventEmitter } from 'node:events';
import type { ReadStream, WriteStream } from 'node:tty';
import { render } from 'ink';
import { createElement } from 'react';
import { plainLine } from '../cells.ts';
import { App } from './app.tsx';
import type { Size } from './layout.ts';
import { Screen } from './screen.ts';
import type { View } from './view.ts';

export interface Terminal {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Writes to the terminal at once. */
  readonly write: (text: string) => void;
  readonly size: () => Size;
  readonly isColourful: boolean;
}

export interface Mounted {
  /** Takes the view away. Ordinary lines can be written then. */
  close(): void;
  redraw(): void;
  /** Gives the terminal to the shell, as Ctrl-Z does, until it gives it back. */
  suspend(): void;
}

const HANGUP = 129;

export function mountView(view: View, { stdin, stdout, stderr, write, size, isColourful }: Terminal): Mounted {
  const screen = new Screen(write, size);
  let isOpen = true;
  // With `debug`, Ink writes every frame whole and leaves it to the stream what to make of it.
  const instance = render(createElement(App, { view, isColourful }), {
    stdout: new FrameStream((frame) => isOpen && screen.draw(frame), size) as unknown as NodeJS.WriteStream,
    stdin,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const setRaw = (raw: boolean): void => {
    if (view.keys !== 'none') stdin.setRawMode(raw);
  };
  const redraw = (): void => {
    screen.forget();
    view.resized();
  };
  const resume = (): void => {
    setRaw(true);
    redraw();
  };
  const abandon = (): void => {
    if (!isOpen) return;
    isOpen = false;
    screen.abandon();
    setRaw(false);
  };
  const hangUp = (): never => process.exit(HANGUP);
  const release = [stdout, stderr].map((stream) => divert(stream, (lines) => screen.above(lines)));
  stdout.on('resize', redraw);
  process.on('exit', abandon);
  process.on('SIGCONT', resume);
  process.on('SIGHUP', hangUp);
  return {
    close() {
      if (!isOpen) return;
      isOpen = false;
      for (const undo of release) undo();
      stdout.off('resize', redraw);
      process.off('exit', abandon);
      process.off('SIGCONT', resume);
      process.off('SIGHUP', hangUp);
      instance.unmount();
      setRaw(false);
      screen.clear();
    },
    redraw,
    suspend() {
      screen.clear();
      setRaw(false);
      // The workers too: the whole group that the terminal would have stopped.
      process.kill(0, 'SIGTSTP');
    },
  };
}

/** What Ink takes for its terminal. */
class FrameStream extends EventEmitter {
  readonly isTTY = false;
  readonly #draw: (frame: string) => void;
  readonly #size: () => Size;

  constructor(draw: (frame: string) => void, size: () => Size) {
    super();
    this.#draw = draw;
    this.#size = size;
  }

  get columns(): number {
    return this.#size().columns;
  }

  get rows(): number {
    return this.#size().rows;
  }

  write(frame: string): boolean {
    this.#draw(frame);
    return true;
  }
}

/** Catches what is written to a stream, by whole lines, until the function that it gives is called. */
function divert(stream: NodeJS.WriteStream, take: (lines: readonly string[]) => void): () => void {
  const original = stream.write.bind(stream);
  let rest = '';
  const caught = (chunk: Uint8Array | string, ...more: readonly unknown[]): boolean => {
    const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) take(lines.map(plainLine));
    const done = more.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
  stream.write = caught;
  return () => {
    stream.write = original;
    if (rest !== '') take([plainLine(rest)]);
  };
}
