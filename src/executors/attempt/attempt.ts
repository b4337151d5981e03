/**
 * One attempt: makes an instance of the task's stage, runs it, and turns the returned values into artifacts. Worker
 * processes and the in-process executor share this file. Every error of a stage becomes an outcome; nothing is thrown.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Access } from '../../core/authoring/access.ts';
import { type ComputeBackend, isStage } from '../../core/authoring/stage.ts';
import { isInstance } from '../../core/diagnostics/thrown.ts';
import { ArtifactCorruptError, CacheError, DataError, UndeclaredInputError } from '../../errors.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { Task } from '../contract.ts';
import { Belongings } from './belongings.ts';
import { removeCheckpoint } from './checkpoint.ts';
import { createContext } from './context.ts';
import { fetchFiles, type FetchListener } from '../fetch/fetch-files.ts';
import { type AbortClass, AttemptAborted, failureOf } from './failure.ts';
import { checkDeclaredReads, ExternalFiles } from './external-files.ts';
import { openInputs } from './inputs.ts';
import type { Isolation } from './isolation.ts';
import type { ObservedPlace } from './observed/file-access.ts';
import { Observation } from './observed/observation.ts';
import type { AttemptEvent, LogStream, Outcome } from './outcome.ts';
import { storeOutputs } from './outputs.ts';
import { redactedAccess, Reporter } from './reporter.ts';
import { AttemptSecrets } from './secrets.ts';
import type { Tracer } from './tracer.ts';

export interface AttemptHost {
  readonly store: ObjectStore;
  readonly clock: () => number;
  readonly emit: (event: AttemptEvent) => void;
  readonly openBackend: (name: string) => Promise<ComputeBackend>;
  readonly isolation: Isolation;
  /** Called before the end, to emit output that is still buffered. */
  readonly flush?: () => void;
  /** Given where the observers are in place in this process. */
  readonly observed?: ObservedPlace;
}

/**
 * The attempt that the running code belongs to, across its awaits and timers. It tells whose console line, or whose
 * unhandled rejection, something is.
 */
export const currentAttempt = new AsyncLocalStorage<Attempt | undefined>();

export class Attempt {
  readonly outcome: Promise<Outcome>;
  readonly belongings = new Belongings();
  readonly #task: Task;
  readonly #host: AttemptHost;
  readonly #reporter: Reporter;
  /** Undefined for a task without secrets. */
  readonly #secrets: AttemptSecrets | undefined;
  /** Made when somebody asks for the signal: most stages do not, and it takes longer than a small stage. */
  #controller: AbortController | undefined;
  #aborted: AttemptAborted | undefined;
  readonly #observation: Observation | undefined;
  #undeclared: UndeclaredInputError | undefined;
  #end!: (outcome: Outcome) => void;
  #tracer: Tracer | undefined;
  #returned = false;

  constructor(task: Task, host: AttemptHost) {
    this.#task = task;
    this.#host = host;
    const secrets = task.secrets && new AttemptSecrets(task.secrets);
    this.#secrets = secrets;
    this.#reporter = new Reporter(task, host.emit, host.clock, secrets && ((text) => secrets.redact(text)));
    if (host.observed !== undefined)
      this.#observation = new Observation(task, host.observed, (access, sentence) =>
        this.#tellUndeclared(access, sentence),
      );
    this.outcome = new Promise((resolve) => {
      this.#end = (outcome) => {
        if (this.belongings.released) return;
        this.#putBack();
        host.flush?.();
        this.#observation?.close();
        const fault = this.#leave();
        this.#reporter.close();
        this.#tracer?.close();
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
    this.#aborted ??= new AttemptAborted(failureClass, this.#task);
    this.#controller?.abort(this.#aborted);
  }

  /** Ends the attempt from outside its `run`: after an uncaught exception, or when the grace period is over. */
  fail(error: unknown): void {
    this.#putBack();
    this.#end(this.#failed(error));
  }

  log(stream: LogStream, text: string): void {
    this.#reporter.log(stream, text);
  }

  async #run(): Promise<void> {
    let outcome: Outcome;
    try {
      // Whoever made the attempt knows it by the time it does anything.
      await Promise.resolve();
      outcome = await this.#runStage();
    } catch (error) {
      this.#putBack();
      outcome = this.#failed(error);
    }
    // A device tells a moment later that it failed: then it is the reason of a failure, and a result cannot be trusted.
    if (this.#task.backend !== null) await turn();
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
    // Without files there is nothing to wait for, and waiting for nothing takes as long as a small stage.
    const files = task.inputs.some(({ source }) => source.type === 'file') ? await this.#openFiles() : undefined;
    const backend = task.backend === null ? null : await openBackend(task.backend);
    isolation.enter(task);
    const factory = factories.get(task.module) ?? (await this.#observed(() => loadFactory(task.module)));
    this.#observation?.loaded();
    isolation.imported(task);
    // An instance of its own: what an attempt does to the variables of the stage's modules, no other one sees.
    const stage: unknown = await currentAttempt.run(this, () => this.#observed(factory));
    if (!isStage(stage)) throw new Error(`internal error: ${task.module} makes no stage`);
    const inputs = openInputs(stage, task, store);
    this.#throwIfAborted();
    const context = createContext({
      stage,
      task,
      inputs,
      reporter: this.#reporter,
      signal: () => this.#signal,
      backend,
      secrets: this.#secrets,
      tracer: this.#task.traceFile === undefined ? undefined : await this.#openTracer(this.#task.traceFile),
    });
    const result: unknown = await currentAttempt.run(this, () => this.#observed(() => stage.run(context as never)));
    this.#putBack();
    this.#throwIfAborted();
    const fault = this.#reporter.fault ?? this.#tracer?.fault;
    if (fault !== undefined) throw fault;
    // At once: code of the stage that still runs could change what it returned.
    const outputs = storeOutputs(stage, result, task, store, (encode) => this.#encoded(encode), this.#secrets);
    await files?.check();
    if (task.declares.reads.length > 0) await checkDeclaredReads(task);
    if (this.#undeclared !== undefined) throw this.#undeclared;
    removeCheckpoint(task.checkpointFile);
    const device = task.devices.length > 0 ? task.devices.join('+') : backend?.device;
    const described = backend && { name: backend.name, version: backend.version, device: device! };
    return { type: 'succeeded', outputs, backend: described, accesses: this.#accesses() };
  }

  /** The remote files of the task exist from here on, and whatever happens to an external one is noticed. */
  async #openFiles(): Promise<ExternalFiles> {
    const listener: FetchListener = {
      progress: (done, total, note) => this.#reporter.progress(done, total, note),
      note: (text) => this.#reporter.log('log', text),
    };
    await fetchFiles(this.#task, listener, this.#signal);
    return ExternalFiles.open(this.#task);
  }

  /** Loaded here: most attempts have no use for it. */
  async #openTracer(file: string): Promise<Tracer> {
    const { Tracer } = await import('./tracer.ts');
    this.#tracer = new Tracer(
      this.#task.node,
      file,
      (sentence) => this.#reporter.refuse(sentence),
      this.#task.traceBytes,
      this.#secrets,
    );
    return this.#tracer;
  }

  get #signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  #accesses(): readonly Access[] | undefined {
    const accesses = this.#observation?.accesses;
    const secrets = this.#secrets;
    if (secrets === undefined) return accesses;
    return accesses?.map((access) => redactedAccess(access, (text) => secrets.redact(text)));
  }

  #throwIfAborted(): void {
    if (this.#aborted !== undefined) throw this.#aborted;
  }

  /** Runs code of the stage. */
  #observed<T>(work: () => T): T {
    return this.#observation === undefined ? work() : this.#observation.during(work);
  }

  /** A codec is code of the stage too. */
  #encoded<T>(encode: () => T): T {
    const encoded = this.#observed(encode);
    if (this.#task.harmless !== true) this.#putBack();
    return encoded;
  }

  /** After code of the stage has run, and before any of restage's. */
  #putBack(): void {
    this.#host.isolation.putBack(this.#task);
  }

  #tellUndeclared(access: Access, sentence: string): void {
    this.#reporter.undeclared(access, sentence);
    if (!this.#task.declares.strict || this.#undeclared !== undefined) return;
    const error = new UndeclaredInputError(sentence);
    this.#undeclared = error;
    // Not at once: the rest of what the stage does before it waits for something is told as well.
    setImmediate(() => this.fail(error));
  }

  #failed(error: unknown): Outcome {
    const reason: unknown = this.#aborted ?? this.#reporter.fault ?? this.#undeclared ?? error;
    return { type: 'failed', failure: failureOf(reason, this.#secrets), ofCache: isOfCache(reason) };
  }
}

/** Thrown by restage itself: the errors of a stage's bundle are of classes of its own. Damaged bytes can be healed. */
function isOfCache(error: unknown): boolean {
  return isInstance(error, CacheError) && !isInstance(error, ArtifactCorruptError);
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
