/**
 * One attempt: has the task's stage called, and turns the returned values into artifacts. Worker processes and the
 * in-process executor share this file. Every error of a stage becomes an outcome; nothing is thrown.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Access } from '../../core/authoring/access.ts';
import { isInstance } from '../../core/diagnostics/thrown.ts';
import { ArtifactCorruptError, CacheError, DataError, UndeclaredInputError } from '../../errors.ts';
import type { Task } from '../contract.ts';
import type { AttemptHost } from './attempt-host.ts';
import { removeCheckpoint } from './checkpoint.ts';
import { createContext } from './context.ts';
import { fetchFiles, type FetchListener } from '../fetch/fetch-files.ts';
import { type AbortClass, AttemptAborted, failureOf } from './failure.ts';
import { checkDeclaredReads, ExternalFiles } from './external-files.ts';
import { openInputs } from './inputs.ts';
import type { LogStream, Outcome } from './outcome.ts';
import { storeOutputs } from './outputs.ts';
import { redactedAccess, Reporter } from './reporter.ts';
import { AttemptSecrets } from './secrets.ts';
import { type Participant, StageRun } from './stage-run.ts';
import type { Tracer } from './tracer.ts';

export class Attempt implements Participant {
  readonly outcome: Promise<Outcome>;
  readonly #task: Task;
  readonly #host: AttemptHost;
  readonly #run: StageRun;
  readonly #reporter: Reporter;
  /** Undefined for a task without secrets. */
  readonly #secrets: AttemptSecrets | undefined;
  /** Made when somebody asks for the signal: most stages do not, and it takes longer than a small stage. */
  #controller: AbortController | undefined;
  #aborted: AttemptAborted | undefined;
  #undeclared: UndeclaredInputError | undefined;
  #end!: (outcome: Outcome) => void;
  #tracer: Tracer | undefined;
  #returned = false;
  #ended = false;

  /** @param run that of the attempts that go together with this one; default: one for this attempt alone */
  constructor(task: Task, host: AttemptHost, run = new StageRun([task], host)) {
    this.#task = task;
    this.#host = host;
    this.#run = run;
    run.join(this);
    const secrets = task.secrets && new AttemptSecrets(task.secrets);
    this.#secrets = secrets;
    this.#reporter = new Reporter(task, host.emit, host.clock, secrets && ((text) => secrets.redact(text)));
    this.outcome = new Promise((resolve) => {
      this.#end = (outcome) => {
        if (this.#ended) return;
        this.#ended = true;
        this.#run.putBack();
        host.flush?.();
        const fault = this.#leave();
        this.#reporter.close();
        this.#tracer?.close();
        resolve(fault === undefined ? outcome : this.#failed(fault));
      };
    });
    void this.#work();
  }

  /** Whether the stage's `run` has ended; after `fail` it may still be running. */
  get hasReturned(): boolean {
    return this.#returned;
  }

  /** Aborts the stage's signal. Whatever the stage does next, its outcome is this failure. */
  abort(failureClass: AbortClass): void {
    this.#aborted ??= new AttemptAborted(failureClass, this.#task);
    this.#controller?.abort(this.#aborted);
    this.#run.withdraw(this, this.#aborted);
  }

  /** Ends the attempt from outside its `run`: after an uncaught exception, or when the grace period is over. */
  fail(error: unknown): void {
    this.#run.putBack();
    this.#end(this.#failed(error));
  }

  log(stream: LogStream, text: string): void {
    this.#reporter.log(stream, text);
  }

  async #work(): Promise<void> {
    let outcome: Outcome;
    try {
      // Whoever made the attempt knows it by the time it does anything.
      await Promise.resolve();
      outcome = await this.#runStage();
    } catch (error) {
      this.#run.putBack();
      outcome = this.#failed(error);
    }
    // A device tells a moment later that it failed: then it is the reason of a failure, and a result cannot be trusted.
    if (this.#task.backend !== null) await turn();
    const settled = this.#run.settle();
    if (settled !== undefined) await settled;
    this.#returned = true;
    this.#end(outcome);
  }

  /** What the stage left behind is stopped and undone, and its log says so. */
  #leave(): DataError | undefined {
    const { notes, fault } = this.#run.leave(this) ?? { notes: [], fault: undefined };
    for (const note of notes) this.#reporter.log('stderr', `[restage] ${note}`);
    return fault === undefined ? undefined : new DataError(fault);
  }

  async #runStage(): Promise<Outcome> {
    const task = this.#task;
    const { store } = this.#host;
    // Without files there is nothing to wait for, and waiting for nothing takes as long as a small stage.
    const files = task.inputs.some(({ source }) => source.type === 'file') ? await this.#openFiles() : undefined;
    const { stage, backend } = await this.#run.load();
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
    const result: unknown = await this.#run.call(this, stage, context);
    this.#run.putBack();
    this.#throwIfAborted();
    const fault = this.#reporter.fault ?? this.#tracer?.fault;
    if (fault !== undefined) throw fault;
    // At once: code of the stage that still runs could change what it returned.
    const outputs = storeOutputs(result, {
      ...{ stage, task, store, secrets: this.#secrets },
      asStage: (encode) => this.#encoded(encode),
    });
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
    const { accesses } = this.#run;
    const secrets = this.#secrets;
    if (secrets === undefined) return accesses;
    return accesses?.map((access) => redactedAccess(access, (text) => secrets.redact(text)));
  }

  #throwIfAborted(): void {
    if (this.#aborted !== undefined) throw this.#aborted;
  }

  /** A codec is code of the stage too. */
  #encoded<T>(encode: () => T): T {
    const encoded = this.#run.observed(encode);
    if (this.#task.harmless !== true) this.#run.putBack();
    return encoded;
  }

  tellUndeclared(access: Access, sentence: string): void {
    this.#reporter.undeclared(access, sentence);
    if (!this.#task.declares.strict || this.#undeclared !== undefined) return;
    const error = new UndeclaredInputError(sentence);
    this.#undeclared = error;
    // Not at once: the rest of what the stage does before it waits for something is told as well.
    setImmediate(() => this.fail(error));
  }

  #failed(error: unknown): Outcome {
    const reason: unknown = this.#aborted ?? this.#reporter.fault ?? this.#undeclared ?? error;
    const failure = failureOf(reason, this.#secrets);
    return { type: 'failed', failure, ofCache: isOfCache(reason), ofParty: this.#run.isBroken };
  }
}

/** Thrown by restage itself: the errors of a stage's bundle are of classes of its own. Damaged bytes can be healed. */
function isOfCache(error: unknown): boolean {
  return isInstance(error, CacheError) && !isInstance(error, ArtifactCorruptError);
}
