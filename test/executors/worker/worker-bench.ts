/** Executors with real worker processes, and the tasks that tests of them share. */
import type { Task } from '../../../src/executors/contract.ts';
import type * as Built from '../../../src/executors/worker/worker-executor.ts';
import type { WorkerExecutor, WorkerExecutorOptions } from '../../../src/executors/worker/worker-executor.ts';
import { type EventOf, ExecutorBench } from '../../contracts/executor-bench.ts';
import { builtModule } from '../../helpers/built.ts';

const built = (await import(builtModule('executors/worker/worker-executor.ts'))) as typeof Built;

export class WorkerBench extends ExecutorBench {
  readonly #executors: WorkerExecutor[] = [];

  constructor() {
    super(builtModule);
  }

  /** An executor of one worker, unless the options say otherwise. */
  open(options: Partial<WorkerExecutorOptions> = {}): WorkerExecutor {
    const { cacheDirectory, onEvent } = this;
    // A long grace period, so that a busy machine does not change the outcome.
    const own = { cacheDirectory, projectRoot: cacheDirectory, onEvent, workers: 1, gracefulMs: 60_000 };
    const executor = new built.WorkerExecutor({ ...own, ...options });
    this.#executors.push(executor);
    return executor;
  }

  /** A task that returns the process it was executed in. */
  trivial(changes: Partial<Task> = {}): Task {
    return this.stageTask('{ run: () => ({ out: process.pid }) }', changes);
  }

  /** The process of a task that has started. */
  pidOf(task: Task): number {
    return this.of('started', task)[0]!.pid;
  }

  started(task: Task): Promise<EventOf<'started'>> {
    return this.event((event): event is EventOf<'started'> => event.type === 'started' && event.task === task.id);
  }

  async close(): Promise<void> {
    await Promise.all(this.#executors.map((executor) => executor.close()));
    this.remove();
  }
}
