/**
 * What the summary of a run needs and its report does not tell: counted from the events, in memory that nodes bound.
 */
import type { RunEvent } from '../../events.ts';

export class RunTally {
  /** Nodes that did not end because the run was interrupted. */
  interrupted = 0;
  /** How many states other runs made since this run began, by their runs. */
  readonly madeBy = new Map<number, number>();
  /** How many states came from a remote during the run. */
  taken = 0;
  /** How many nodes have a state by an equivalence. */
  readonly accepted = { hit: 0, 'cut-off': 0 };
  /** The nodes whose stages reached something that they do not declare, and the sentences about that. */
  readonly undeclared = { nodes: new Set<string>(), sentences: new Set<string>() };
  #run: number | undefined;

  event(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#run = event.run;
        break;
      case 'node-hit': {
        if (event.accepted !== undefined) this.accepted[event.how] += 1;
        if (event.from !== undefined) this.taken += 1;
        const run = event.madeBy?.run;
        if (run !== undefined && run !== this.#run) this.madeBy.set(run, (this.madeBy.get(run) ?? 0) + 1);
        break;
      }
      case 'node-undeclared':
        this.undeclared.nodes.add(event.node);
        this.undeclared.sentences.add(event.text);
        break;
      case 'node-skipped':
        if (event.because === null) this.interrupted += 1;
        break;
      case 'run-preparing':
      case 'run-paused':
      case 'node-queued':
      case 'node-held':
      case 'node-waiting':
      case 'node-started':
      case 'node-observed':
      case 'node-progress':
      case 'node-metric':
      case 'node-log':
      case 'node-ran':
      case 'node-attempt-failed':
      case 'node-failed':
      case 'experiment-run':
      case 'run-pushing':
      case 'notice':
      case 'run-finished':
        break;
    }
  }
}
