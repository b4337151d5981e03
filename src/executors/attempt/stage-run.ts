/**
 * One execution of a stage's code, for one attempt or for several that go together. It has what these share: the
 * instance of the stage's modules, what its code starts and reaches, and the isolation from what else executes in this
 * process.
 */
import { pathToFileURL } from 'node:url';
import type { Access } from '../../core/authoring/access.ts';
import {
  type AnyStage,
  type ComputeBackend,
  type InputSlots,
  isStage,
  type StageContext,
} from '../../core/authoring/stage.ts';
import { shown } from '../../core/diagnostics/thrown.ts';
import { DefinitionError } from '../../errors.ts';
import type { Task } from '../contract.ts';
import type { AttemptHost } from './attempt-host.ts';
import { Belongings } from './belongings.ts';
import { type CurrentRun, currentRun } from './current-run.ts';
import type { Findings } from './isolation.ts';
import { Observation } from './observed/observation.ts';
import type { LogStream } from './outcome.ts';

/** An attempt, as the run of its stage knows it. */
export interface Participant {
  fail(error: unknown): void;
  log(stream: LogStream, text: string): void;
  tellUndeclared(access: Access, sentence: string): void;
}

type Context = StageContext<unknown, InputSlots>;

export interface LoadedStage {
  readonly stage: AnyStage;
  readonly backend: ComputeBackend | null;
}

interface Call {
  readonly context: Context;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class StageRun implements CurrentRun {
  readonly belongings = new Belongings();
  readonly #task: Task;
  readonly #host: AttemptHost;
  readonly #isParty: boolean;
  readonly #observation: Observation | undefined;
  /** Those that have not ended, in the order of the tasks; each with its call once it has made it. */
  readonly #participants = new Map<Participant, Call | undefined>();
  #loaded: Promise<LoadedStage> | undefined;
  #isCalled = false;
  #isBroken = false;

  /** @param tasks of one stage, backend and set of devices */
  constructor(tasks: readonly Task[], host: AttemptHost) {
    const [first] = tasks;
    this.#task = first!;
    this.#host = host;
    this.#isParty = tasks.length > 1;
    if (host.observed === undefined) return;
    // Nobody can tell whose files the shared code reads.
    const whole = this.#isParty ? { ...first!, inputs: tasks.flatMap(({ inputs }) => inputs) } : first!;
    this.#observation = new Observation(whole, host.observed, (access, sentence) => {
      this.#isBroken ||= first!.declares.strict;
      for (const participant of this.#participants.keys()) participant.tellUndeclared(access, sentence);
    });
  }

  /** Whether something of what several attempts share has failed, so that a failure need not be an attempt's own. */
  get isBroken(): boolean {
    return this.#isParty && this.#isBroken;
  }

  get accesses(): readonly Access[] | undefined {
    return this.#observation?.accesses;
  }

  join(participant: Participant): void {
    this.#participants.set(participant, undefined);
  }

  log(stream: LogStream, text: string): void {
    for (const participant of this.#participants.keys()) participant.log(stream, text);
  }

  fail(error: unknown): void {
    this.#isBroken = true;
    for (const participant of [...this.#participants.keys()]) participant.fail(error);
  }

  /** The instance of the stage, which is made once. */
  load(): Promise<LoadedStage> {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  /**
   * Calls the stage. Of several attempts, each waits until all that have not ended have called: then `runTogether` has
   * their contexts, or `run` the only one.
   */
  call(participant: Participant, stage: AnyStage, context: Context): unknown {
    if (!this.#isParty) return this.#asStage(() => stage.run(context as never));
    // It was ended while it prepared its context.
    if (!this.#participants.has(participant)) throw new Error('The attempt has ended.');
    return new Promise((resolve, reject) => {
      this.#participants.set(participant, { context, resolve, reject });
      this.#callTogether(stage);
    });
  }

  /** The attempt is aborted: one that waits for others before the stage is called ends at once. */
  withdraw(participant: Participant, reason: Error): void {
    const call = this.#participants.get(participant);
    if (call === undefined || this.#isCalled) return;
    this.#participants.set(participant, undefined);
    call.reject(reason);
  }

  /** Runs code of the stage. */
  observed<T>(work: () => T): T {
    return this.#observation === undefined ? work() : this.#observation.during(work);
  }

  /** After code of the stage has run, and before any of restage's. */
  putBack(): void {
    this.#host.isolation.putBack(this.#task);
  }

  /** See `Isolation`: nothing is left behind as long as others go on. */
  settle(): Promise<void> | undefined {
    return this.#participants.size > 1 ? undefined : this.#host.isolation.settle(this.#task);
  }

  /** The attempt ends. What the last one leaves behind is stopped and undone. */
  leave(participant: Participant): Findings | undefined {
    this.#participants.delete(participant);
    if (this.#participants.size > 0) {
      // The others may have waited for it alone; they get to know the stage before it is called.
      void this.#loaded?.then(
        ({ stage }) => this.#callTogether(stage),
        () => undefined,
      );
      return undefined;
    }
    this.#observation?.close();
    return this.#host.isolation.leave(this.#task, this.belongings.release());
  }

  async #load(): Promise<LoadedStage> {
    const { module, backend: name, computes } = this.#task;
    const { isolation, openBackend } = this.#host;
    try {
      const backend = name === null ? null : await openBackend(name, computes);
      isolation.enter(this.#task);
      const factory = factories.get(module) ?? (await this.observed(() => loadFactory(module)));
      this.#observation?.loaded();
      isolation.imported(this.#task);
      // An instance of its own: what it does to the variables of the stage's modules, no other run sees.
      const stage: unknown = await this.#asStage(factory);
      if (!isStage(stage)) throw new Error(`internal error: ${module} makes no stage`);
      return { stage, backend };
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  #callTogether(stage: AnyStage): void {
    const calls = [...this.#participants.values()].filter((call) => call !== undefined);
    if (this.#isCalled || calls.length === 0 || calls.length < this.#participants.size) return;
    this.#isCalled = true;
    try {
      const contexts = calls.map(({ context }) => context);
      const results =
        contexts.length === 1
          ? [this.#asStage(() => stage.run(contexts[0] as never))]
          : checkedResults(
              stage,
              contexts.length,
              this.#asStage(() => stage.runTogether?.(contexts as never)),
            );
      for (const [n, { resolve }] of calls.entries()) resolve(results[n]);
    } catch (error) {
      this.#isBroken ||= calls.length > 1;
      for (const { reject } of calls) reject(error);
    }
  }

  #asStage<T>(work: () => T): T {
    return currentRun.run(this, () => this.observed(work));
  }
}

/** @throws DefinitionError for anything but a promise for each context */
function checkedResults({ name }: AnyStage, count: number, results: unknown): readonly unknown[] {
  if (Array.isArray(results) && results.length === count) return results;
  const given = Array.isArray(results) ? `a list of ${results.length}` : shown(results);
  throw new DefinitionError(
    `runTogether of stage ${name} returned ${given} for ${count} contexts; it must return a promise of outputs for each, in their order.`,
  );
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
