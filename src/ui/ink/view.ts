/**
 * The view between events and frames: it keeps the model and the reader's place, and decides when to draw a frame. At
 * most ten frames a second, fewer where drawing is slow: drawing costs at most a few per cent of a core. While nothing
 * changes, one frame a second moves the clock.
 */
import type { Key as Typed } from 'ink';
import type { RunEvent } from '../../events.ts';
import { RunModel } from '../model/run-model.ts';
import type { MemoryUse } from '../terminal/memory-use.ts';
import type { Size } from '../terminal/size.ts';
import type { Line } from '../text/view-line.ts';
import type { Drawn } from './drawn.ts';
import { drawFrame } from './frame.ts';
import type { KeySet } from './frame-input.ts';
import { type Action, type Key, type Place, press, START } from './navigation.ts';
import { keysTyped } from './typed-keys.ts';

export interface ViewOptions {
  readonly command: string;
  readonly logCommand: (node: string) => string;
  readonly keys: KeySet;
  readonly size: () => Size;
  readonly memory: () => MemoryUse | null;
  readonly act: (action: Action) => void;
  /** The view cannot continue. The run can. */
  readonly fail: (error: unknown) => void;
  readonly now: () => number;
  /** Paths below it are written relative to it. */
  readonly directory: string;
}

const FRAME_MS = 100;
const TICK_MS = 1000;
/** After a frame that took one millisecond, so many milliseconds pass without one. */
const REST = 40;

export class View implements Drawn {
  readonly model = new RunModel();
  readonly takesKeys: boolean;
  readonly #options: ViewOptions;
  readonly #listeners = new Set<() => void>();
  #place: Place = START;
  #isStopping = false;
  #frame: readonly Line[] = [];
  #memory: MemoryUse | null = null;
  #memoryAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #cost = 0;
  #frames = 0;

  constructor(options: ViewOptions) {
    this.#options = options;
    this.takesKeys = options.keys !== 'none';
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#request(FRAME_MS);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#cancel();
    };
  };

  readonly frame = (): readonly Line[] => this.#frame;

  /** How many frames were drawn. */
  get frames(): number {
    return this.#frames;
  }

  event(event: RunEvent): void {
    this.model.apply(event);
    this.#request(Math.max(FRAME_MS, this.#cost * REST));
  }

  readonly press = (key: Key): void => {
    const { place, action } = press(this.#place, key, this.model, this.#options.size().rows - 8);
    this.#place = place;
    if (action !== undefined) this.#options.act(action);
    this.#request(FRAME_MS);
  };

  readonly typed = (text: string, key: Typed): void => {
    for (const each of keysTyped(text, key)) this.press(each);
  };

  /** From now on the view says that the run stops. */
  stopping(): void {
    this.#isStopping = true;
    this.#request(FRAME_MS);
  }

  readonly resized = (): void => this.#request(FRAME_MS);

  /** Asks for a frame, at the earliest `interval` milliseconds after the latest one. */
  #request(interval: number): void {
    if (this.#listeners.size === 0) return;
    this.#schedule(Math.max(this.#drawnAt + interval, performance.now()));
  }

  #schedule(at: number): void {
    if (at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => this.#draw(), at - performance.now());
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #draw(): void {
    this.#cancel();
    const startedAt = performance.now();
    try {
      this.#frame = this.#drawFrame(startedAt);
      this.#frames += 1;
      for (const listener of [...this.#listeners]) listener();
    } catch (error) {
      this.#listeners.clear();
      this.#options.fail(error);
      return;
    }
    this.#drawnAt = startedAt;
    // React commits in a microtask; later work is not the view's cost.
    setImmediate(() => (this.#cost = 0.7 * this.#cost + 0.3 * (performance.now() - startedAt)));
    if (this.model.finished === undefined) this.#schedule(startedAt + TICK_MS);
  }

  #drawFrame(at: number): readonly Line[] {
    const { command, logCommand, keys, size, memory, now, directory } = this.#options;
    if (at - this.#memoryAt >= TICK_MS) {
      this.#memoryAt = at;
      this.#memory = memory();
    }
    return drawFrame({
      model: this.model,
      place: this.#place,
      size: size(),
      now: now(),
      memory: this.#memory,
      command,
      logCommand,
      keys,
      isStopping: this.#isStopping,
      directory,
    });
  }
}
