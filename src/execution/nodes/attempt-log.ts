/**
 * What is kept of an attempt's log: its beginning, told at once, and its end, told when the attempt ends. A stage that
 * prints without end fills neither the record nor the memory, and the last words of one that fails are there.
 */
import { KEPT_LOG } from '../../core/diagnostics/limits.ts';
import type { ExecutorEvent } from '../../executors/contract.ts';
import { Fifo } from '../../executors/fifo.ts';

export type LogLine = Pick<Extract<ExecutorEvent, { readonly type: 'log' }>, 'at' | 'stream' | 'text'>;

export interface KeptLog {
  readonly first: { readonly lines: number; readonly length: number };
  readonly last: { readonly lines: number; readonly length: number };
}

export class AttemptLog {
  readonly #kept: KeptLog;
  readonly #held = new Fifo<LogLine>();
  #firstLines = 0;
  #firstLength = 0;
  #heldLength = 0;
  #omitted = 0;
  #isFull = false;

  constructor(kept: KeptLog = KEPT_LOG) {
    this.#kept = kept;
  }

  /** `tell`: it is part of the beginning. `hold`: it may be part of the end; `first-held` for the first such line. */
  add(line: LogLine): 'tell' | 'hold' | 'first-held' {
    const { first } = this.#kept;
    const wasFull = this.#isFull;
    this.#firstLines += 1;
    this.#firstLength += line.text.length;
    this.#isFull ||= this.#firstLines > first.lines || this.#firstLength > first.length;
    if (!this.#isFull) return 'tell';
    this.#hold(line);
    return wasFull ? 'hold' : 'first-held';
  }

  /** The end of the log, and how many lines are left out before it. */
  get rest(): { readonly omitted: number; readonly lines: readonly LogLine[] } {
    return { omitted: this.#omitted, lines: this.#held.toArray() };
  }

  #hold(line: LogLine): void {
    const { last } = this.#kept;
    this.#held.push(line);
    this.#heldLength += line.text.length;
    while (this.#held.size > last.lines || this.#heldLength > last.length) {
      this.#heldLength -= this.#held.shift()!.text.length;
      this.#omitted += 1;
    }
  }
}
