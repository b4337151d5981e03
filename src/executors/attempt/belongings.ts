/**
 * What an attempt starts and its process keeps: timers, listeners on `process`, threads and child processes. They end
 * with the attempt, so that none of its code runs during the next one.
 */
import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:worker_threads';

/** How many of each there were when the attempt ended. */
export interface Left {
  readonly timers: number;
  readonly listeners: number;
  readonly threads: number;
  readonly children: number;
}

/** A Timeout or an Immediate; Node marks the ones that are over. */
type Timer = (NodeJS.Timeout | NodeJS.Immediate) & { readonly _destroyed?: boolean };

interface Listener {
  readonly event: string | symbol;
  readonly listener: (...values: unknown[]) => void;
}

/** From so many timers on, the ones that are over are dropped now and then. */
const MANY = 1024;

export class Belongings {
  readonly #timers = new Set<Timer>();
  readonly #listeners: Listener[] = [];
  readonly #threads = new Set<Worker>();
  readonly #children = new Set<ChildProcess>();
  #many = MANY;
  #released = false;

  /** Whether the attempt has ended: what it starts from now on is stopped at once. */
  get released(): boolean {
    return this.#released;
  }

  addTimer(timer: Timer): void {
    if (this.#released) {
      stop(timer);
      return;
    }
    this.#timers.add(timer);
    if (this.#timers.size < this.#many) return;
    for (const each of this.#timers) if (isOver(each)) this.#timers.delete(each);
    this.#many = Math.max(MANY, 2 * this.#timers.size);
  }

  removeTimer(timer: Timer): void {
    this.#timers.delete(timer);
  }

  addListener(event: string | symbol, listener: Listener['listener']): void {
    this.#listeners.push({ event, listener });
  }

  addThread(thread: Worker): void {
    this.#threads.add(thread);
    thread.once('exit', () => this.#threads.delete(thread));
    if (this.#released) void thread.terminate();
  }

  addChild(child: ChildProcess): void {
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    if (this.#released) child.kill('SIGKILL');
  }

  /** Ends everything that is left. */
  release(): Left {
    this.#released = true;
    let timers = 0;
    for (const timer of this.#timers) {
      if (isOver(timer)) continue;
      timers++;
      stop(timer);
    }
    this.#timers.clear();
    let listeners = 0;
    for (const { event, listener } of this.#listeners.splice(0)) {
      const before = process.listenerCount(event);
      process.removeListener(event, listener);
      if (process.listenerCount(event) < before) listeners++;
    }
    for (const thread of this.#threads) void thread.terminate();
    // Some never started.
    const children = [...this.#children].filter(({ pid }) => pid !== undefined);
    for (const child of children) child.kill('SIGKILL');
    return { timers, listeners, threads: this.#threads.size, children: children.length };
  }
}

function isOver(timer: Timer): boolean {
  return timer._destroyed === true;
}

function stop(timer: Timer): void {
  // Each clears only its own kind.
  clearTimeout(timer as NodeJS.Timeout);
  clearImmediate(timer as NodeJS.Immediate);
}
