/**
 * The view on a real terminal: Ink draws into the `Screen`, keys are read raw, and whatever happens to this process, the
 * terminal is given back as it was. What other code of this process prints meanwhile goes above the view, line by line.
 */
import { EventEmitter } from 'node:events';
import { openSync } from 'node:fs';
import { ReadStream, type WriteStream } from 'node:tty';
import { type Instance, render } from 'ink';
import { createElement } from 'react';
import { isInBackground } from '../reporters/background.ts';
import { plainLine } from '../text/cells.ts';
import { Lines } from '../text/lines.ts';
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
  /** Catches what restage itself would write to standard error, past `stderr`, until the function that it gives is called. */
  readonly divertErrors: (take: (text: string) => void) => () => void;
}

export interface Mounted {
  /** Takes the view away. Ordinary lines can be written then. */
  close(): void;
  redraw(): void;
  /** Gives the terminal to the shell, as Ctrl-Z does, until it gives it back. */
  suspend(): void;
}

const HANGUP = 129;
/** A job that goes on in the background is told by nobody when it is fetched back. */
const LOOK_MS = 250;

export function mountView(view: View, terminal: Terminal): Mounted {
  const { stdout, stderr, write, size, divertErrors } = terminal;
  const screen = new Screen(write, size);
  /** Undefined while the terminal is the shell's: nothing is drawn then, and no key is read. */
  let drawing: Drawing | undefined = new Drawing(view, terminal, screen);
  let looking: NodeJS.Timeout | undefined;
  let isOpen = true;
  const redraw = (): void => {
    screen.forget();
    view.resized();
  };
  /** The terminal stops a whole group that changes its settings from the background, so that has to wait. */
  const resume = (): void => {
    if (!isOpen || isInBackground()) return;
    clearInterval(looking);
    if (drawing === undefined) drawing = new Drawing(view, terminal, screen);
    else {
      // Stopped by other hands; the shell has changed the settings, of which Node does not know.
      drawing.setRaw(false);
      drawing.setRaw(true);
    }
    redraw();
  };
  const stop = (): void => {
    if (!isOpen) return;
    // The workers too: the whole group that the terminal would have stopped.
    process.kill(0, 'SIGTSTP');
    // Here it goes on: fetched back, sent to the background, or never stopped, where the group is an orphan.
    clearInterval(looking);
    looking = setInterval(resume, LOOK_MS).unref();
  };
  const abandon = (): void => {
    if (!isOpen) return;
    isOpen = false;
    // Ink, too, notices that the process ends, and draws a last time.
    drawing?.silence();
    screen.abandon();
    drawing?.setRaw(false);
  };
  const hangUp = (): never => process.exit(HANGUP);
  const above = (lines: readonly string[]): void => {
    const plain = lines.map(plainLine);
    if (drawing === undefined) write(plain.map((line) => `${line}\n`).join(''));
    else screen.above(plain);
  };
  const release = [...[stdout, stderr].map((stream) => divert(stream, above)), divertWarnings(above)];
  const errors = new Lines(above);
  const undivertErrors = divertErrors((text) => errors.add(text));
  stdout.on('resize', redraw);
  process.on('exit', abandon);
  process.on('SIGCONT', resume);
  process.on('SIGHUP', hangUp);
  return {
    close() {
      if (!isOpen) return;
      isOpen = false;
      undivertErrors();
      errors.end();
      for (const undo of release) undo();
      clearInterval(looking);
      stdout.off('resize', redraw);
      process.off('exit', abandon);
      process.off('SIGCONT', resume);
      process.off('SIGHUP', hangUp);
      drawing?.end();
      screen.clear();
    },
    redraw,
    suspend() {
      // Not within the reading of the key, nor within React's handling of it.
      setImmediate(() => {
        if (!isOpen) return;
        drawing?.end();
        drawing = undefined;
        screen.clear();
        // The keys are closed by then.
        setImmediate(stop);
      });
    },
  };
}

/** Ink on the screen, from its making to its end. It takes keys in raw mode, where the input is a terminal. */
class Drawing {
  readonly #instance: Instance;
  /** Null where the keys are none. */
  readonly #keys: ReadStream | null;
  readonly #stdin: ReadStream;
  #isOver = false;

  constructor(view: View, { stdin, size, isColourful }: Terminal, screen: Screen) {
    this.#stdin = stdin;
    // One of its own, which can be closed: in the background, whoever reads is stopped, and so is, when it ends, a process
    // with an open stream that ever was in raw mode.
    this.#keys = view.keys === 'none' ? null : (controllingTerminal() ?? stdin);
    // With `debug`, Ink writes every frame whole and leaves it to the stream what to make of it.
    this.#instance = render(createElement(App, { view, isColourful }), {
      stdout: new FrameStream((frame) => this.#isOver || screen.draw(frame), size) as unknown as NodeJS.WriteStream,
      stdin: this.#keys ?? stdin,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
  }

  /** Whatever it draws from now on is not shown. */
  silence(): void {
    this.#isOver = true;
  }

  end(): void {
    this.silence();
    this.#instance.unmount();
    this.setRaw(false);
    if (this.#keys !== this.#stdin) this.#keys?.destroy();
  }

  setRaw(raw: boolean): void {
    this.#keys?.setRawMode(raw);
  }
}

/** Undefined where there is none: nobody can send the process to the background there. */
function controllingTerminal(): ReadStream | undefined {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
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
  const caught = new Lines(take);
  stream.write = (chunk: Uint8Array | string, ...more: readonly unknown[]): boolean => {
    caught.add(chunk);
    const done = more.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
  return () => {
    stream.write = original;
    caught.end();
  };
}

/** Node writes its warnings by no stream that could be caught. Where it was told to write none, there is no listener. */
function divertWarnings(take: (lines: readonly string[]) => void): () => void {
  const originals = process.listeners('warning');
  if (originals.length === 0) return () => undefined;
  const tell = (warning: Error & { readonly code?: string }): void => {
    const code = warning.code === undefined ? '' : `[${warning.code}] `;
    take([`(node:${process.pid}) ${code}${warning.name}: ${warning.message}`]);
  };
  for (const listener of originals) process.off('warning', listener);
  process.on('warning', tell);
  return () => {
    process.off('warning', tell);
    for (const listener of originals) process.on('warning', listener);
  };
}
