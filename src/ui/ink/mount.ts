/**
 * Shows a view on a real terminal: Ink draws into the `Screen`, and keys are read raw. However this process ends, it
 * restores the terminal. What other code of this process prints meanwhile goes above the view, line by line; where the
 * view has the whole terminal, it is printed when the view is closed.
 */
import { EventEmitter } from 'node:events';
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { type Instance, render } from 'ink';
import { createElement } from 'react';
import { isInBackground } from '../terminal/background.ts';
import { divertOutput } from '../terminal/diverted-output.ts';
import { Screen, type ScreenKind } from '../terminal/screen.ts';
import type { Size } from '../terminal/size.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { plainLine } from '../text/cells.ts';
import { App } from './app.tsx';
import type { Drawn } from './drawn.ts';

export interface Mounted {
  /** Erases the view. Ordinary lines can be written then. */
  close(): void;
  redraw(): void;
  /** Stops the process and gives the terminal to the shell, as Ctrl-Z does, until the shell continues it. */
  suspend(): void;
}

const HANGUP = 129;
/** A job that continues in the background gets no signal when the shell brings it to the foreground. */
const LOOK_MS = 250;

/** So many lines of other code are kept while the view has the whole terminal. */
const MOST_KEPT = 100;

export function mountView(view: Drawn, terminal: Terminal, kind: ScreenKind = 'lines'): Mounted {
  const { stdout, write, size } = terminal;
  const screen = new Screen(write, size, kind);
  const kept: string[] = [];
  /** Undefined while the shell has the terminal: nothing is drawn then, and no key is read. */
  let drawing: Drawing | undefined = new Drawing(view, terminal, screen);
  let looking: NodeJS.Timeout | undefined;
  let isOpen = true;
  const redraw = (): void => {
    screen.forget();
    view.resized();
  };
  /** The terminal stops a group that changes its settings from the background, so this waits for the foreground. */
  const resume = (): void => {
    if (!isOpen || isInBackground()) return;
    clearInterval(looking);
    if (drawing === undefined) drawing = new Drawing(view, terminal, screen);
    else {
      // Another process stopped this one, and the shell changed the settings. Node does not know of it.
      drawing.setRaw(false);
      drawing.setRaw(true);
    }
    redraw();
  };
  const stop = (): void => {
    if (!isOpen) return;
    // Stops the whole group, workers included, as the terminal would.
    process.kill(0, 'SIGTSTP');
    // It continues here: in the foreground, in the background, or at once, where the group is an orphan and never
    // stops.
    clearInterval(looking);
    looking = setInterval(resume, LOOK_MS).unref();
  };
  const abandon = (): void => {
    if (!isOpen) return;
    isOpen = false;
    // Ink notices the end of the process as well, and would draw a last frame.
    drawing?.silence();
    screen.abandon();
    drawing?.setRaw(false);
  };
  const hangUp = (): never => process.exit(HANGUP);
  const above = (lines: readonly string[]): void => {
    const plain = lines.map(plainLine);
    if (kind === 'whole') kept.push(...plain.slice(0, MOST_KEPT - kept.length));
    else if (drawing === undefined) write(plain.map((line) => `${line}\n`).join(''));
    else screen.above(plain);
  };
  const undivert = divertOutput(terminal, above);
  stdout.on('resize', redraw);
  process.on('exit', abandon);
  process.on('SIGCONT', resume);
  process.on('SIGHUP', hangUp);
  return {
    close() {
      if (!isOpen) return;
      isOpen = false;
      undivert();
      clearInterval(looking);
      stdout.off('resize', redraw);
      process.off('exit', abandon);
      process.off('SIGCONT', resume);
      process.off('SIGHUP', hangUp);
      drawing?.end();
      screen.clear();
      write(kept.map((line) => `${line}\n`).join(''));
    },
    redraw,
    suspend() {
      // Later: a key is being read just now, and React is handling it.
      setImmediate(() => {
        if (!isOpen) return;
        drawing?.end();
        drawing = undefined;
        screen.clear();
        // By then the keys' stream is closed.
        setImmediate(stop);
      });
    },
  };
}

/** Ink on the screen, with the keys in raw mode where the input is a terminal. */
class Drawing {
  readonly #instance: Instance;
  /** Null where the view takes no keys. */
  readonly #keys: ReadStream | null;
  readonly #stdin: ReadStream;
  #isOver = false;

  constructor(view: Drawn, { stdin, size, isColourful }: Terminal, screen: Screen) {
    this.#stdin = stdin;
    // A stream of its own can be closed. The terminal stops a background process that reads it, and one that ends with
    // an open stream that was ever in raw mode.
    this.#keys = !view.takesKeys ? null : (controllingTerminal() ?? stdin);
    // With `debug`, Ink writes every frame as a whole; the stream decides what to do with it.
    this.#instance = render(createElement(App, { view, isColourful }), {
      stdout: new FrameStream((frame) => this.#isOver || screen.draw(frame), size) as unknown as NodeJS.WriteStream,
      stdin: this.#keys ?? stdin,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
  }

  /** Frames that are drawn from now on are not shown. */
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

/** Undefined where there is none: then nobody can send the process to the background. */
function controllingTerminal(): ReadStream | undefined {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
}

/** What Ink uses as its terminal. */
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
