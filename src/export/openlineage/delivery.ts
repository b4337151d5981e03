/**
 * Sends lines somewhere while a run goes on, and never holds the run up: a bounded queue, one line at a time, and a
 * pause after a failure that grows. What could not be sent is counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';

export interface Carrier {
  /** For messages, without credentials. */
  readonly name: string;
  /** Sends one line. @throws Error with the reason, in one clause */
  readonly send: (line: string, signal: AbortSignal) => Promise<void>;
}

export interface DeliveryLimits {
  /** Lines that wait at most; the oldest is dropped for a new one. */
  readonly queue: number;
  /** Milliseconds for one line. */
  readonly timeout: number;
  /** Milliseconds after the first failure; each further one doubles it, up to 32 times. */
  readonly pause: number;
  /** Milliseconds that the end of the run waits for what is left. */
  readonly closing: number;
}

const LIMITS: DeliveryLimits = { queue: 10_000, timeout: 5000, pause: 1000, closing: 3000 };

export class Delivery {
  readonly #carrier: Carrier;
  readonly #limits: DeliveryLimits;
  readonly #warn: (sentence: string) => void;
  readonly #queue: string[] = [];
  readonly #ending = new AbortController();
  #sending: Promise<void> | undefined;
  #isClosing = false;
  #told = 0;
  #delivered = 0;
  #failures = 0;
  #hasWarned = false;

  /** @param warn is told once, at the first failure */
  constructor(carrier: Carrier, warn: (sentence: string) => void, limits: DeliveryLimits = LIMITS) {
    this.#carrier = carrier;
    this.#warn = warn;
    this.#limits = limits;
  }

  add(line: string): void {
    this.#told++;
    this.#queue.push(line);
    if (this.#queue.length > this.#limits.queue) this.#queue.shift();
    this.#sending ??= this.#drain().finally(() => (this.#sending = undefined));
  }

  /** Waits a short while for what is left. @returns how many lines there were, and how many did not arrive */
  async close(): Promise<{ readonly told: number; readonly lost: number }> {
    this.#isClosing = true;
    const timer = setTimeout(() => this.#ending.abort(), this.#limits.closing);
    this.#wake();
    await this.#sending;
    clearTimeout(timer);
    return { told: this.#told, lost: this.#told - this.#delivered };
  }

  #wake: () => void = () => undefined;

  async #drain(): Promise<void> {
    // Later: whoever adds a line is in the middle of an event.
    await sleep(0);
    while (this.#queue.length > 0 && !this.#ending.signal.aborted) {
      const line = this.#queue.shift()!;
      try {
        await this.#sendInTime(line);
        this.#delivered++;
        this.#failures = 0;
      } catch (error) {
        this.#failures++;
        this.complain(systemErrorMeaning(error)?.cause ?? (error as Error).message);
        // A place that answers nothing at the end of the run is not asked for each of thousands of lines.
        if (this.#isClosing) return;
        await this.#pause();
      }
    }
  }

  async #sendInTime(line: string): Promise<void> {
    const timeout = AbortSignal.timeout(this.#limits.timeout);
    const signal = AbortSignal.any([timeout, this.#ending.signal]);
    try {
      await this.#carrier.send(line, signal);
    } catch (error) {
      if (timeout.aborted) throw new Error(`no answer within ${this.#limits.timeout / 1000} s`, { cause: error });
      if (signal.aborted) throw new Error('no answer before the run ended', { cause: error });
      throw error;
    }
  }

  /** Says once why something did not arrive. */
  complain(reason: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#warn(`OpenLineage events do not reach ${this.#carrier.name} (${reason}); the run continues without them.`);
  }

  /** Ends early when the run does. */
  async #pause(): Promise<void> {
    const ending = new AbortController();
    this.#wake = () => ending.abort();
    const time = this.#limits.pause * 2 ** Math.min(this.#failures - 1, 5);
    await sleep(time, undefined, { signal: ending.signal }).catch(() => undefined);
    this.#wake = () => undefined;
  }
}
