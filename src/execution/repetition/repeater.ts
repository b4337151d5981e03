/** Tasks that no node of the graph waits for: each is submitted, and its last event is the answer. */
import type { Executor, ExecutorEvent, Task } from '../../executors/contract.ts';

export type LastEvent = Extract<ExecutorEvent, { readonly type: 'succeeded' | 'failed' }>;

export class Repeater {
  readonly #open: () => Executor;
  readonly #waiting = new Map<string, (event: LastEvent) => void>();

  /** @param open gives the executor, whose events are to come to `react` */
  constructor(open: () => Executor) {
    this.#open = open;
  }

  run(task: Task): Promise<LastEvent> {
    return new Promise((resolve) => {
      this.#waiting.set(task.id, resolve);
      this.#open().submit(task);
    });
  }

  /** Whether the event is one of these tasks'. */
  react(event: ExecutorEvent): boolean {
    const answer = this.#waiting.get(event.task);
    if (answer === undefined) return false;
    if (event.type === 'succeeded' || event.type === 'failed') {
      this.#waiting.delete(event.task);
      answer(event);
    }
    return true;
  }

  cancel(): void {
    for (const task of this.#waiting.keys()) this.#open().cancel(task);
  }
}
