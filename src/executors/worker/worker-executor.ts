/**
 * Executes tasks in worker processes, so that a stage cannot harm the process that owns the record: not by a native
 * crash, an endless loop, or using all the memory. Workers start as tasks arrive, take one task at a time or several
 * that go together, and stay warm.
 */
import type { Failure } from '../../events.ts';
import type { Executor, ExecutorEvent, Task } from '../contract.ts';
import { cancelled, endedWithout } from '../attempt/failure.ts';
import { type Requirement, sameDevices, sameLocale, TaskQueue } from './parent/task-queue.ts';
import { WorkerProcess } from './parent/worker-process.ts';

export interface WorkerExecutorOptions {
  readonly cacheDirectory: string;
  /** Root of the user's project, where optional backends are installed. */
  readonly projectRoot: string;
  /** The maximum number of processes. */
  readonly workers: number;
  readonly onEvent: (event: ExecutorEvent) => void;
  readonly clock?: () => number;
  /** How long a stage has to obey its signal, and its process SIGTERM, before the next harder step; in milliseconds. */
  readonly gracefulMs?: number;
  readonly startTimeoutMs?: number;
  /** Environment of the workers; default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/** After this many workers in a row that died before they were ready, no more are started. */
const START_FAILURES = 3;

export class WorkerExecutor implements Executor {
  readonly lifetime = 'child';
  readonly #options: Required<WorkerExecutorOptions>;
  readonly #queue = new TaskQueue();
  readonly #workers = new Set<WorkerProcess>();
  #started = 0;
  #startFailures = 0;
  #broken: Failure | undefined;
  #closing: Promise<void> | undefined;
  #isScheduled = false;

  constructor(options: WorkerExecutorOptions) {
    this.#options = { clock: Date.now, gracefulMs: 5000, startTimeoutMs: 60_000, env: process.env, ...options };
  }

  submit(task: Task): void {
    this.submitTogether([task]);
  }

  submitTogether(tasks: readonly Task[]): void {
    if (this.#broken !== undefined) for (const task of tasks) this.#fail(task, this.#broken);
    else if (this.#closing !== undefined) for (const task of tasks) this.#fail(task, cancelled(task));
    else {
      this.#queue.add(tasks);
      this.#schedule();
    }
  }

  /** A worker ends with the process that started it, so an attempt of another process never exists any more. */
  reattach({ id }: Task): void {
    queueMicrotask(() => this.#options.onEvent({ type: 'gone', task: id }));
  }

  cancel(task: string): void {
    const queued = this.#queue.remove(task);
    if (queued !== undefined) this.#fail(queued, cancelled(queued));
    for (const worker of this.#workers) worker.abort(task, 'cancelled');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const task of this.#queue.takeAll()) this.#fail(task, cancelled(task));
    for (const worker of this.#workers) {
      if (worker.state === 'busy') for (const task of worker.tasks) worker.abort(task, 'cancelled');
      else worker.stop();
    }
    await Promise.all([...this.#workers].map((worker) => worker.dead));
  }

  /** A caller of `submit` receives no event before the call has returned. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#assign();
    });
  }

  #assign(): void {
    while (this.#closing === undefined && this.#assignOne());
  }

  /**
   * Takes one step for the kind of worker that has been waited for longest: gives out a task, starts a worker, or ends
   * an idle one of another kind to make room. So a common kind does not starve a rare one.
   */
  #assignOne(): boolean {
    let leaving = this.#count(({ state }) => state === 'stopping');
    for (const { requirement, count } of this.#queue.waiting()) {
      const worker = this.#bestFor(requirement);
      if (worker !== undefined) {
        worker.run(this.#queue.take(requirement));
        return true;
      }
      const coming = this.#startingFor(requirement);
      const holder = coming > 0 ? undefined : this.#holders(requirement)[0];
      if (holder !== undefined) {
        if (holder.state !== 'idle') continue;
        holder.stop();
        return true;
      }
      if (coming < count && this.#workers.size < this.#options.workers) {
        this.#start(requirement);
        return true;
      }
      if (coming > 0 || leaving-- > 0) continue;
      const unfit = [...this.#workers].find(({ state }) => state === 'idle');
      unfit?.stop();
      return unfit !== undefined;
    }
    return false;
  }

  #bestFor(requirement: Requirement): WorkerProcess | undefined {
    let best: WorkerProcess | undefined;
    let bestFitness = 0;
    for (const worker of this.#workers) {
      const fitness = worker.fitness(requirement);
      if (fitness > bestFitness) [best, bestFitness] = [worker, fitness];
    }
    return best;
  }

  #startingFor({ devices, backend, locale }: Requirement): number {
    return this.#count(
      ({ state, requirement }) =>
        state === 'starting' &&
        sameDevices(requirement.devices, devices) &&
        sameLocale(requirement.locale, locale) &&
        requirement.backend === backend,
    );
  }

  /** A worker keeps its device's memory as long as it lives: another worker on the same device waits for its end. */
  #holders({ devices }: Requirement): readonly WorkerProcess[] {
    return [...this.#workers].filter(({ requirement }) => requirement.devices.some((one) => devices.includes(one)));
  }

  #count(matches: (worker: WorkerProcess) => boolean): number {
    let count = 0;
    for (const worker of this.#workers) if (matches(worker)) count++;
    return count;
  }

  #start(requirement: Requirement): void {
    this.#started++;
    const { cacheDirectory, projectRoot, env, gracefulMs, startTimeoutMs, clock, onEvent } = this.#options;
    const worker = new WorkerProcess({
      name: `worker-${this.#started}`,
      cacheDirectory,
      projectRoot,
      requirement,
      env,
      gracefulMs,
      startTimeoutMs,
      clock,
      onEvent,
      onChange: (changed) => this.#changed(changed),
    });
    this.#workers.add(worker);
  }

  #changed(worker: WorkerProcess): void {
    if (worker.state === 'dead') this.#workers.delete(worker);
    if (worker.startFailure !== undefined) this.#startFailed(worker.requirement, worker.startFailure);
    else if (worker.state === 'idle') this.#startFailures = 0;
    if (this.#closing !== undefined) worker.stop();
    this.#assign();
  }

  #startFailed(requirement: Requirement, reason: Failure): void {
    this.#startFailures++;
    for (const task of this.#queue.take(requirement)) this.#fail(task, reason);
    if (this.#startFailures < START_FAILURES) return;
    this.#broken = reason;
    for (const waiting of this.#queue.takeAll()) this.#fail(waiting, reason);
  }

  /** Ends a task that never reached a worker. */
  #fail(task: Task, reason: Failure): void {
    const event = endedWithout(task, reason, this.#options.clock());
    queueMicrotask(() => this.#options.onEvent(event));
  }
}
