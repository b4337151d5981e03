/** What the summary of a run needs and its report does not tell: counted from the events, in memory that nodes bound. */
import type { RunEvent } from '../../events.ts';

export class RunTally {
  /** Nodes that did not end because the run was interrupted. */
  interrupted = 0;
  /** How many states other processes made while this run waited for them, by their runs; null stands for an unknown run. */
  readonly madeBy = new Map<number | null, number>();
  readonly #waiting = new Map<string, number | null>();

  /** The run that this run waits for because of the node; undefined if the node does not wait. */
  awaited(node: string): number | null | undefined {
    return this.#waiting.get(node);
  }

  event(event: RunEvent): void {
    switch (event.type) {
      case 'node-waiting':
        this.#waiting.set(event.node, event.run);
        break;
      case 'node-queued':
      case 'node-started':
        this.#waiting.delete(event.node);
        break;
      case 'node-hit': {
        const run = this.#waiting.get(event.node);
        if (run === undefined) break;
        this.#waiting.delete(event.node);
        this.madeBy.set(run, (this.madeBy.get(run) ?? 0) + 1);
        break;
      }
      case 'node-skipped':
        if (event.because === null) this.interrupted += 1;
        break;
      case 'run-preparing':
      case 'run-started':
      case 'run-paused':
      case 'node-observed':
      case 'node-progress':
      case 'node-metric':
      case 'node-log':
      case 'node-ran':
      case 'node-attempt-failed':
      case 'node-failed':
      case 'notice':
      case 'run-finished':
        break;
    }
  }
}
