/**
 * The console between keys and frames: it keeps the reader's place, reads the pages that are asked for, one at a time,
 * and reads the page that is shown again while a run changes what it says, or when the terminal gets another width.
 */
import type { Key as Typed } from 'ink';
import type { Drawn } from '../ink/drawn.ts';
import type { Size } from '../terminal/size.ts';
import type { Line } from '../text/view-line.ts';
import { type Browser, type Effect, fitted, isOfConsole, opened, press, replaced, START, visitOf } from './browser.ts';
import { drawConsole, GUTTER, heightFor, widthFor } from './console-frame.ts';
import type { Command, Page } from './page.ts';
import { keysTyped } from './typed-keys.ts';

export interface ConsoleOptions {
  readonly size: () => Size;
  /** Reads what a command prints in so many columns. */
  readonly read: (command: Command, columns: number) => Promise<Page>;
  /** The command as a user types it. */
  readonly typed: (command: Command) => string;
  readonly act: (action: 'quit' | 'suspend' | 'redraw') => void;
  readonly fail: (error: unknown) => void;
}

interface Wish {
  readonly command: Command;
  /** The page that it is read in place of; null for one more page. */
  readonly inPlaceOf: Page | null;
  /** Nobody asked for it, so it is not announced. */
  readonly isQuiet: boolean;
}

const REFRESH_MS = 1000;
/** After a page that took one millisecond to read, so many pass before it is read again. */
const REST = 20;
/** Until then Ink has shown which command is read: reading blocks this thread. */
const SHOWN_MS = 15;

export class ConsoleView implements Drawn {
  readonly takesKeys = true;
  readonly #options: ConsoleOptions;
  readonly #listeners = new Set<() => void>();
  #browser: Browser = START;
  /** Keys that wait for the page that is being read. */
  readonly #ahead: { readonly text: string; readonly key: Typed }[] = [];
  #frame: readonly Line[] = [];
  /** What is being read; a later wish takes its place, and what is read for the earlier one is dropped. */
  #reading: Wish | null = null;
  /** For how many columns a page was read. */
  readonly #columns = new WeakMap<Page, number>();
  /** Milliseconds that the latest page took. */
  #cost = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(options: ConsoleOptions) {
    this.#options = options;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly frame = (): readonly Line[] => this.#frame;

  readonly typed = (text: string, key: Typed): void => {
    // Letters that arrive together: what one means depends on those before it.
    const letters = Array.from(text);
    this.#ahead.push(...(letters.length > 1 ? letters : [text]).map((each) => ({ text: each, key })));
    this.#takeKeys();
    this.#draw();
    this.#keepFresh();
  };

  /** A key is about the page that was asked for, so it waits for it. Whoever goes back or ends does not wait. */
  #takeKeys(): void {
    const height = heightFor(this.#options.size());
    for (const typed of this.#ahead.splice(0))
      for (const each of keysTyped(typed.text, typed.key, this.#browser.typing !== null)) {
        const isAwaited = this.#reading?.isQuiet === false;
        if (isAwaited && (each.kind === 'escape' || each.kind === 'delete')) {
          this.#reading = null;
          this.#ahead.length = 0;
        } else if (isAwaited && !isOfConsole(each)) this.#ahead.push(typed);
        else {
          const { browser, effect } = press(this.#browser, each, height);
          this.#browser = browser;
          if (effect !== undefined) this.#do(effect);
        }
      }
  }

  readonly resized = (): void => {
    this.#browser = fitted(this.#browser, heightFor(this.#options.size()));
    this.#draw();
    this.#keepFresh();
  };

  open(command: Command): Promise<void> {
    return this.#read({ command, inPlaceOf: null, isQuiet: false });
  }

  /** Reads nothing any more. */
  close(): void {
    clearTimeout(this.#again);
    this.#reading = null;
    this.#listeners.clear();
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case 'open':
        void this.open(effect.command);
        break;
      case 'replace':
        void this.#read({ command: effect.command, inPlaceOf: this.#page() ?? null, isQuiet: false });
        break;
      case 'quit':
      case 'suspend':
      case 'redraw':
        this.#options.act(effect.kind);
        break;
    }
  }

  #columnsNow(): number {
    return Math.max(1, widthFor(this.#options.size()) - GUTTER);
  }

  #page(): Page | undefined {
    return visitOf(this.#browser)?.page;
  }

  async #read(wish: Wish): Promise<void> {
    this.#reading = wish;
    this.#draw();
    await new Promise((resolve) => setTimeout(resolve, SHOWN_MS));
    if (this.#reading !== wish) return;
    const startedAt = performance.now();
    const columns = this.#columnsNow();
    try {
      const page = await this.#options.read(wish.command, columns);
      if (this.#reading !== wish) return;
      this.#reading = null;
      this.#columns.set(page, columns);
      this.#cost = performance.now() - startedAt;
      this.#show(page, wish);
      this.#takeKeys();
      this.#draw();
      this.#keepFresh();
    } catch (error) {
      this.#options.fail(error);
    }
  }

  #show(page: Page, { inPlaceOf }: Wish): void {
    if (inPlaceOf === null) this.#browser = opened(this.#browser, page);
    // The reader may have gone back meanwhile.
    else if (inPlaceOf === this.#page()) this.#browser = replaced(this.#browser, page, heightFor(this.#options.size()));
  }

  /**
   * Reads the page that is shown again: at once if it has the wrong width, and after a while if a run is in progress.
   */
  #keepFresh(): void {
    const page = this.#page();
    if (page === undefined || this.#reading !== null) return;
    if (this.#columns.get(page) !== this.#columnsNow()) this.#readAgain(page);
    else if (page.isChanging && this.#again === undefined)
      this.#again = setTimeout(
        () => {
          this.#again = undefined;
          const shown = this.#page();
          if (this.#reading === null && shown?.isChanging === true) this.#readAgain(shown);
        },
        Math.max(REFRESH_MS, this.#cost * REST),
      );
  }

  #readAgain(page: Page): void {
    void this.#read({ command: page.command, inPlaceOf: page, isQuiet: true });
  }

  #draw(): void {
    const { size, typed } = this.#options;
    const reading = this.#reading === null || this.#reading.isQuiet ? null : typed(this.#reading.command);
    this.#frame = drawConsole(this.#browser, reading, size());
    for (const listener of [...this.#listeners]) listener();
  }
}
