/** The executors of a run: each is opened when the first node needs it, and all are closed at the end. */
import type { GraphNode } from '../../core/graph/graph.ts';
import type { Executor, ExecutorEvent } from '../../executors/contract.ts';

/** Which executor runs a node, and how it is opened. Provided by the code that knows the executors. */
export interface ExecutorChoice {
  /** The name of the node's executor. */
  readonly of: (node: GraphNode) => string;
  /** Whether its executor finds a host for it, so that it takes no slots of this machine. */
  readonly isElsewhere: (node: GraphNode) => boolean;
  /** Whether its executor can execute several nodes of its stage as one program; absent if none can. */
  readonly takesTogether?: (node: GraphNode) => boolean;
  /** The name of the one that executes states on record again. */
  readonly repeats: string;
  readonly open: (name: string, onEvent: (event: ExecutorEvent) => void) => Executor;
}

export class ExecutorSet {
  readonly #choice: ExecutorChoice;
  readonly #onEvent: (event: ExecutorEvent) => void;
  readonly #opened = new Map<string, Executor>();

  constructor(choice: ExecutorChoice, onEvent: (event: ExecutorEvent) => void) {
    this.#choice = choice;
    this.#onEvent = onEvent;
  }

  for(node: GraphNode): Executor {
    return this.#named(this.#choice.of(node));
  }

  forRepeating(): Executor {
    return this.#named(this.#choice.repeats);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((executor) => executor.close()));
  }

  /** As `close`, but what executes elsewhere goes on. */
  async leave(): Promise<void> {
    const end = (executor: Executor): Promise<void> =>
      executor.lifetime === 'detached' && executor.leave !== undefined ? executor.leave() : executor.close();
    await Promise.all([...this.#opened.values()].map(end));
  }

  #named(name: string): Executor {
    let executor = this.#opened.get(name);
    if (executor === undefined) {
      executor = this.#choice.open(name, this.#onEvent);
      this.#opened.set(name, executor);
    }
    return executor;
  }
}
