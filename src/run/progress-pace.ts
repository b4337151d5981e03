/**
 * Thins out the progress of nodes for followers of a run: about one event a second for each node, and always the last
 * one. All other events pass at once. A stage may report progress ten times a second for days, and the live file would
 * keep all of it.
 */
import type { NodeProgress, RunEvent } from '../events.ts';

const PACE_MS = 1000;

export class ProgressPace {
  readonly #pass: (event: RunEvent) => void;
  /** For each running node: when its latest progress was passed on. */
  readonly #passedAt = new Map<string, number>();
  readonly #heldBack = new Map<string, NodeProgress>();
  #timer: NodeJS.Timeout | undefined;

  constructor(pass: (event: RunEvent) => void) {
    this.#pass = pass;
  }

  tell(event: RunEvent): void {
    if (event.type === 'node-progress') {
      this.#progress(event);
      return;
    }
    if (isEnd(event)) {
      this.#release(event.node);
      this.#passedAt.delete(event.node);
    }
    this.#pass(event);
  }

  /** Passes on the progress that is held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const node of [...this.#heldBack.keys()]) this.#release(node);
  }

  #progress(event: NodeProgress): void {
    const { node, at } = event;
    this.#heldBack.set(node, event);
    if (at - (this.#passedAt.get(node) ?? Number.NEGATIVE_INFINITY) >= PACE_MS) this.#release(node);
    else this.#timer ??= setTimeout(() => this.flush(), PACE_MS).unref();
  }

  #release(node: string): void {
    const event = this.#heldBack.get(node);
    if (event === undefined) return;
    this.#heldBack.delete(node);
    this.#passedAt.set(node, event.at);
    this.#pass(event);
  }
}

const ENDS = ['node-ran', 'node-attempt-failed', 'node-failed', 'node-skipped'] as const;

function isEnd(event: RunEvent): event is Extract<RunEvent, { readonly type: (typeof ENDS)[number] }> {
  return ENDS.some((end) => end === event.type);
}
