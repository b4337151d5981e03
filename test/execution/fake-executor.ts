/** An executor that executes nothing: a test decides, step by step, what happens to each task. */
import type { Output } from '../../src/core/artifact/artifact.ts';
import type { CanonicalValue } from '../../src/core/identity/canonical.ts';
import type { Failure } from '../../src/events.ts';
import type { Executor, ExecutorEvent, Task, Usage } from '../../src/executors/contract.ts';

const USAGE: Usage = { startedAt: 1000, endedAt: 3000, cpuSeconds: 1, peakBytes: 2 ** 20 };

type Whose = Pick<Extract<ExecutorEvent, { readonly type: 'failed' }>, 'ofCache' | 'ofParty'>;

export class FakeExecutor implements Executor {
  readonly lifetime: Executor['lifetime'];
  /** Tasks that have not ended, by node. */
  readonly tasks = new Map<string, Task>();
  readonly reattached: { readonly node: string; readonly handle: CanonicalValue }[] = [];
  /** The nodes of the tasks that were submitted together. */
  readonly parties: (readonly string[])[] = [];
  /** Nodes whose tasks were cancelled. */
  readonly cancelled: string[] = [];
  closed = false;
  hasLeft = false;
  readonly #onEvent: (event: ExecutorEvent) => void;

  constructor(onEvent: (event: ExecutorEvent) => void, lifetime: Executor['lifetime'] = 'child') {
    this.#onEvent = onEvent;
    this.lifetime = lifetime;
  }

  submit(task: Task): void {
    this.tasks.set(task.node, task);
  }

  submitTogether(tasks: readonly Task[]): void {
    this.parties.push(tasks.map(({ node }) => node));
    for (const task of tasks) this.submit(task);
  }

  reattach(task: Task, handle: CanonicalValue): void {
    this.tasks.set(task.node, task);
    this.reattached.push({ node: task.node, handle });
  }

  cancel(id: string): void {
    for (const { node, id: known } of this.tasks.values()) if (known === id) this.cancelled.push(node);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  leave(): Promise<void> {
    this.hasLeft = true;
    return Promise.resolve();
  }

  /** Names of the nodes whose tasks have not ended, in the order of submission. */
  get nodes(): readonly string[] {
    return [...this.tasks.keys()];
  }

  tell(node: string, event: DistributiveOmit<ExecutorEvent, 'task'>): void {
    this.#onEvent({ ...event, task: this.#task(node).id });
  }

  start(node: string): void {
    this.tell(node, { type: 'started', worker: 'fake', pid: 1, at: 1000 });
  }

  /** @param seconds its share of the time, if it went together with others */
  succeed(node: string, outputs: readonly Output[], seconds?: number): void {
    const usage = seconds === undefined ? USAGE : { ...USAGE, seconds };
    this.#end(node, { type: 'succeeded', outputs, usage, backend: null });
  }

  /** @param more whose failure it is, if not the node's */
  fail(node: string, failure: Partial<Failure>, more: Whose = {}): void {
    const complete = { class: 'error', message: 'It failed.', stack: null, exitCode: null, signal: null, ...failure };
    this.#end(node, { type: 'failed', failure: complete as Failure, usage: USAGE, ...more });
  }

  #end(node: string, event: DistributiveOmit<ExecutorEvent, 'task'>): void {
    const { id } = this.#task(node);
    this.tasks.delete(node);
    this.#onEvent({ ...event, task: id });
  }

  #task(node: string): Task {
    const task = this.tasks.get(node);
    if (task === undefined) throw new Error(`the node ${node} has no task; these have: ${this.nodes.join(', ')}`);
    return task;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
