/**
 * Executes tasks in this process. Short stages avoid the overhead of a worker this way. It can abort a stage but not
 * kill it, and a stage that crashes ends this process too. The registry sends no stage with a compute backend here.
 */
import { ObjectStore } from '../../store/objects/object-store.ts';
import type { Executor, ExecutorEvent, Task, Usage } from '../contract.ts';
import { captureConsole } from '../attempt/console.ts';
import { Attempt } from '../attempt/attempt.ts';
import type { AttemptHost } from '../attempt/attempt-host.ts';
import { currentRun } from '../attempt/current-run.ts';
import { InProcessIsolation } from '../attempt/isolation.ts';
import { installObservers } from '../attempt/observed/install.ts';
import { privately } from '../attempt/observed/observation.ts';
import { giveOwners } from '../attempt/ownership.ts';
import { guardProcess } from '../attempt/process-guard.ts';
import { type AbortClass, abortSentence, failure } from '../attempt/failure.ts';
import { type AwakeTimer, awakeTimeout } from '../awake-timer.ts';
import { Fifo } from '../fifo.ts';
import type { Outcome } from '../attempt/outcome.ts';

export interface InProcessExecutorOptions {
  readonly cacheDirectory: string;
  /** Root of the user's project: what stages reach is named from there. */
  readonly projectRoot: string;
  readonly onEvent: (event: ExecutorEvent) => void;
  readonly clock?: () => number;
  /** How long a stage has to obey its signal before its attempt fails, in milliseconds. */
  readonly gracefulMs?: number;
}

/** How long stages that follow each other may keep the event loop from other work, besides the last one's own time. */
const TURN_MS = 5;

/** Taken before the observers are in place: restage's own questions are not the stage's. */
const ownClock = Date.now;

interface Running {
  readonly attempt: Attempt;
  readonly timeout: AwakeTimer | undefined;
  grace: AwakeTimer | undefined;
}

export class InProcessExecutor implements Executor {
  readonly lifetime = 'same';
  readonly #options: Required<InProcessExecutorOptions>;
  readonly #host: AttemptHost;
  readonly #queue = new Fifo<Task>();
  readonly #running = new Map<string, Running>();
  #isScheduled = false;
  /** When the present turn of the event loop began to execute stages, and whether the last one was harmless. */
  #turnBegan = 0;
  #wasHarmless = false;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(options: InProcessExecutorOptions) {
    this.#options = { clock: ownClock, gracefulMs: 5000, ...options };
    this.#host = {
      store: new ObjectStore(options.cacheDirectory),
      clock: this.#options.clock,
      emit: (event) => this.#emit(event),
      isolation: new InProcessIsolation(),
      observed: { projectRoot: options.projectRoot, cacheDirectory: options.cacheDirectory },
      openBackend: (name) => {
        throw new Error(`internal error: a stage that computes on ${name} was given to the in-process executor`);
      },
    };
    installObservers();
    captureConsole();
    giveOwners(() => currentRun.getStore()?.belongings);
    guardProcess(() => currentRun.getStore(), false);
    process.setSourceMapsEnabled(true);
    process.on('unhandledRejection', onUncaught);
    process.on('uncaughtException', onException);
  }

  submit(task: Task): void {
    if (this.#closing !== undefined) {
      this.#cancelled(task);
      return;
    }
    this.#queue.push(task);
    this.#schedule();
  }

  /** An attempt ends with its process, so one of another process never exists any more. */
  reattach({ id }: Task): void {
    queueMicrotask(() => this.#emit({ type: 'gone', task: id }));
  }

  cancel(task: string): void {
    const queued = this.#queue.remove(({ id }) => id === task);
    if (queued === undefined) this.#abort(task, 'cancelled');
    else this.#cancelled(queued);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) this.#cancelled(task);
    for (const task of this.#running.keys()) this.#abort(task, 'cancelled');
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    process.off('unhandledRejection', onUncaught);
    process.off('uncaughtException', onException);
  }

  /**
   * Starts a task in a turn of the event loop of its own, or one of harmless stages in the same turn for a few
   * milliseconds: a long list of short stages then leaves time for other work. One at a time: two stages that take
   * turns could see what the other one does to globals.
   */
  #schedule(): void {
    if (this.#isScheduled || this.#queue.size === 0 || this.#running.size > 0) return;
    this.#isScheduled = true;
    const start = (): void => {
      this.#isScheduled = false;
      const task = this.#queue.shift();
      if (task !== undefined) this.#start(task);
      this.#schedule();
    };
    const next = this.#queue.first;
    if (this.#wasHarmless && next?.harmless === true && performance.now() - this.#turnBegan < TURN_MS)
      queueMicrotask(start);
    else
      setImmediate(() => {
        this.#turnBegan = performance.now();
        start();
      });
  }

  #start(task: Task): void {
    const at = this.#options.clock();
    this.#emit({ type: 'started', task: task.id, worker: 'in-process', pid: process.pid, at });
    const limit = task.timeoutSeconds;
    const timeout = limit === null ? undefined : awakeTimeout(() => this.#abort(task.id, 'timeout'), limit * 1000);
    const attempt = new Attempt(task, this.#host);
    this.#running.set(task.id, { attempt, timeout, grace: undefined });
    void attempt.outcome.then((outcome) => this.#end(task, at, outcome));
  }

  #abort(id: string, failureClass: AbortClass): void {
    const running = this.#running.get(id);
    if (running === undefined || running.grace !== undefined) return;
    running.attempt.abort(failureClass);
    // Nothing can stop the stage, but the run need not wait for it.
    running.grace = awakeTimeout(() => running.attempt.fail(undefined), this.#options.gracefulMs);
  }

  #end(task: Task, startedAt: number, outcome: Outcome): void {
    const running = this.#running.get(task.id);
    running?.timeout?.clear();
    running?.grace?.clear();
    this.#running.delete(task.id);
    this.#wasHarmless = task.harmless === true;
    const usage: Usage = { startedAt, endedAt: this.#options.clock(), cpuSeconds: null, peakBytes: null };
    this.#emit(
      outcome.type === 'succeeded' ? { ...outcome, task: task.id, usage } : { ...outcome, task: task.id, usage },
    );
    if (this.#running.size === 0) this.#whenIdle?.();
    this.#schedule();
  }

  #cancelled(task: Task): void {
    const at = this.#options.clock();
    const usage: Usage = { startedAt: at, endedAt: at, cpuSeconds: null, peakBytes: null };
    const reason = failure('cancelled', abortSentence('cancelled', task));
    queueMicrotask(() => this.#emit({ type: 'failed', task: task.id, failure: reason, usage }));
  }

  /** Listeners are not part of the stage: their console output, and what they reach, is their own. */
  #emit(event: ExecutorEvent): void {
    // Not `exit`, which in Node 20 removes the hooks of all promises and sets them again.
    currentRun.run(undefined, () => privately(() => this.#options.onEvent(event)));
  }
}

/** An unhandled rejection of a stage fails that stage; any other one is an error of this process, as usual. */
function onUncaught(error: unknown): void {
  const run = currentRun.getStore();
  if (run === undefined) throw error;
  run.fail(error);
}

/** The same for what a stage throws in a callback. */
function onException(error: unknown): void {
  const run = currentRun.getStore();
  if (run !== undefined) {
    run.fail(error);
    return;
  }
  // Thrown again without this listener, so that the process ends as it would have without it.
  process.off('uncaughtException', onException);
  setImmediate(() => {
    throw error;
  });
}
