/**
 * One attempt: makes an instance of the task's stage, runs it, and turns the returned values into artifacts. Worker
 * processes and the in-process executor share this file. Every error of a stage becomes an outcome; nothing is thrown.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pathToFileURL } from 'node:url';
import { type ComputeBackend, isStage } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { Task } from '../contract.ts';
import { Belongings } from './belongings.ts';
import { removeCheckpoint } from './checkpoint.ts';
import { createContext } from './context.ts';
import { fetchFiles } from '../fetch/fetch-files.ts';
import { type AbortClass, AttemptAborted, failureOf } from './failure.ts';
import { ExternalFiles } from './external-files.ts';
import { openInputs } from './inputs.ts';
import type { Isolation } from './isolation.ts';
import type { AttemptEvent, LogStream, Outcome } from './outcome.ts';
import { storeOutputs } from './outputs.ts';
import { Reporter } from './reporter.ts';

export interface AttemptHost {
  readonly store: ObjectStore;
  readonly clock: () => number;
  readonly emit: (event: AttemptEvent) => void;
  readonly openBackend: (name: string) => Promise<ComputeBackend>;
  readonly isolation: Isolation;
  /** Called before the end, to emit output that is still buffered. */
  readonly flush?: () => void;
}

/**
 * The attempt that the running code belongs to, across its awaits and timers. It tells whose console line, or whose
 * unhandled rejection, something is.
 */
export const currentAttempt = new AsyncLocalStorage<Attempt>();

export class Attempt {
  readonly outcome: Promise<Outcome>;
  readonly belongings = new Belongings();
  readonly #task: Task;
  readonly #host: AttemptHost;
  readonly #reporter: Reporter;
  readonly #abort = new AbortController();
  #end!: (outcome: Outcome) => void;
  #returned = false;

  constructor(task: Task, host: AttemptHost) {
    this.#task = task;
    this.#host = host;
    this.#reporter = new Reporter(task, host.emit, host.clock);
    this.outcome = new Promise((resolve) => {
      this.#end = (outcome) => {
        if (this.belongings.released) return;
        host.flush?.();
        const fault = this.#leave();
        this.#reporter.close();
        resolve(fault === undefined ? outcome : this.#failed(fault));
      };
    });
    void this.#run();
  }

  /** Whether the stage's `run` has ended; after `fail` it may still be running. */
  get hasReturned(): boolean {
    return this.#returned;
  }

  /** Aborts the stage's signal. Whatever the stage does next, its outcome is this failure. */
  abort(failureClass: AbortClass): void {
    this.#abort.abort(new AttemptAborted(failureClass, this.#task));
  }

  /** Ends the attempt from outside its `run`: after an uncaught exception, or when the grace period is over. */
  fail(error: unknown): void {
    this.#end(this.#failed(error));
  }

  log(stream: LogStream, text: string): void {
    this.#reporter.log(stream, text);
  }

  async #run(): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#runStage();
    } catch (error) {
      outcome = this.#failed(error);
    }
    const settled = this.#host.isolation.settle(this.#task);
    if (settled !== undefined) await settled;
    this.#returned = true;
    this.#end(outcome);
  }

  /** Stops and undoes what the stage left behind, and says so in its log. */
  #leave(): DataError | undefined {
    const left = this.belongings.release();
    const { notes, fault } = this.#host.isolation.leave(this.#task, left);
    for (const note of notes) this.#reporter.log('stderr', `[restage] ${note}`);
    return fault === undefined ? undefined : new DataError(fault);
  }

  async #runStage(): Promise<Outcome> {
    const task = this.#task;
    const { store, openBackend, isolation } = this.#host;
    const { signal } = this.#abort;
    await fetchFiles(
      task,
      {
        progress: (done, total, note) => this.#reporter.progress(done, total, note),
        note: (text) => this.#reporter.log('log', text),
      },
      signal,
    );
    const files = await ExternalFiles.open(task);
    const backend = task.backend === null ? null : await openBackend(task.backend);
    isolation.enter(task);
    const factory = factories.get(task.module) ?? (await loadFactory(task.module));
    isolation.imported(task);
    // An instance of its own: what an attempt does to the variables of the stage's modules, no other one sees.
    const stage: unknown = await currentAttempt.run(this, factory);
    if (!isStage(stage)) throw new Error(`internal error: ${task.module} makes no stage`);
    const inputs = openInputs(stage, task, store);
    signal.throwIfAborted();
    const context = createContext({ stage, task, inputs, reporter: this.#reporter, signal, backend });
    const result: unknown = await currentAttempt.run(this, () => stage.run(context as never));
    signal.throwIfAborted();
    if (this.#reporter.fault !== undefined) throw this.#reporter.fault;
    // At once: code of the stage that still runs could change what it returned.
    const outputs = storeOutputs(stage, result, task, store);
    await files.check();
    removeCheckpoint(task.checkpointFile);
    const device = task.devices.length > 0 ? task.devices.join('+') : backend?.device;
    const described = backend && { name: backend.name, version: backend.version, device: device! };
    return { type: 'succeeded', outputs, backend: described };
  }

  #failed(error: unknown): Outcome {
    const { signal } = this.#abort;
    return { type: 'failed', failure: failureOf(signal.aborted ? signal.reason : (this.#reporter.fault ?? error)) };
  }
}

type StageFactory = () => unknown;

// A cached import still takes tens of microseconds, as long as a trivial stage itself.
const factories = new Map<string, StageFactory>();

async function loadFactory(module: string): Promise<StageFactory> {
  const loaded = (await import(pathToFileURL(module).href)) as { readonly default?: unknown };
  if (typeof loaded.default !== 'function') throw new Error(`internal error: ${module} makes no stage`);
  const factory = loaded.default as StageFactory;
  factories.set(module, factory);
  return factory;
}
