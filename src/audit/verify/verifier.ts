/**
 * Executes states again from the record, each in a process that executes nothing else, with the inputs that are on
 * record, and compares what comes out. So a divergence belongs to the state itself, and not to those before it.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Access } from '../../core/authoring/access.ts';
import type { Output } from '../../core/artifact/artifact.ts';
import { sha256, short } from '../../core/identity/digest.ts';
import { CacheError, isRestageError, RepeatError } from '../../errors.ts';
import { RestoreCancelled, Restorer } from '../../execution/repetition/restorer.ts';
import { repeatTask } from '../../execution/repetition/repeat-task.ts';
import { type LastEvent, Repeater } from '../../execution/repetition/repeater.ts';
import type { Executor, ExecutorEvent } from '../../executors/contract.ts';
import type { Repetition } from '../../planning/repetition/repetition.ts';
import type { Repetitions } from '../../planning/repetition/repetitions.ts';
import type { Cache } from '../../store/cache.ts';
import { makeDirectory } from '../../store/files/make-directory.ts';
import { discard, temporaryPath } from '../../store/files/temporary-files.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { judge, type Tolerance, worst } from './judge.ts';
import { compareOverSeeds, type Numbers, type SeedComparison } from './over-seeds.ts';
import { numbersOf, type SaidMetric } from './numbers-of.ts';
import { placeChanges } from './place-changes.ts';
import { compareTraces, type TraceComparison } from './traces.ts';
import type { EquivalenceVerdict, StateVerdict } from './verdict.ts';

export interface VerifierOptions {
  readonly tolerance: Tolerance;
  /** Unique to this process: begins the ids of tasks. */
  readonly id: string;
  readonly open: (onEvent: (event: ExecutorEvent) => void) => Executor;
  /** Told before inputs are made again whose bytes are missing, in one sentence. */
  readonly tell: (sentence: string) => void;
  /** With so many other seeds is a state executed that diverged; 0 for none. */
  readonly seeds: number;
  /** Facts about this host, as they go on record with a run. */
  readonly environment: string;
}

export class Verifier {
  readonly #cache: Cache;
  readonly #repetitions: Repetitions;
  readonly #options: VerifierOptions;
  readonly #repeater: Repeater;
  readonly #restorer: Restorer;
  /** Of the attempts whose metrics somebody wants. */
  readonly #metrics = new Map<string, SaidMetric[]>();
  #executor: Executor | undefined;
  #tasks = 0;
  #cancelled = false;

  constructor(cache: Cache, repetitions: Repetitions, options: VerifierOptions) {
    this.#cache = cache;
    this.#repetitions = repetitions;
    this.#options = options;
    this.#repeater = new Repeater(() => this.#opened());
    this.#restorer = new Restorer(cache, repetitions, this.#repeater, {
      id: `${options.id}.inputs`,
      tell: options.tell,
    });
  }

  /** @throws RestoreCancelled after `cancel`, CacheError */
  verify(state: StateRecord): Promise<StateVerdict> {
    return this.#verdict(state, () => this.#repetitions.of(state.key), this.#options.tolerance);
  }

  /**
   * Executes what the key of an equivalence stands for, and compares it with the state that was accepted for it.
   * @throws RestoreCancelled after `cancel`, CacheError
   */
  async verifyEquivalence(state: StateRecord, equivalence: EquivalenceRecord): Promise<EquivalenceVerdict> {
    const { id, key, node, tolerance } = equivalence;
    const verdict = await this.#verdict(state, () => this.#repetitions.ofEquivalence(equivalence), tolerance);
    return { ...verdict, node, equivalence: id, key, tolerance };
  }

  async #verdict(
    state: StateRecord,
    repetitionNow: () => Promise<Repetition>,
    tolerance: Tolerance,
  ): Promise<StateVerdict> {
    const { node, run } = this.#cache.query.attempts.get(state.attempt)!;
    const about = { state: state.key, node, run, stage: state.stage, recordedSeconds: state.seconds };
    const nothing = {
      ...{
        outputs: [],
        since: [],
        repeatable: null,
        trace: null,
        recordedTrace: null,
        undeclared: [],
        place: [],
        seeds: null,
      },
      ...{ reason: null, restored: false, seconds: null },
    };
    try {
      const repetition = await repetitionNow();
      const { effects, differences: since } = repetition;
      if (effects.length > 0) {
        const reason = `it depends on ${effects.join(', ')}, as its stage declares`;
        return { ...about, ...nothing, since, verdict: 'unverifiable', reason };
      }
      for (const producer of this.#repetitions.lostInputs(repetition)) await this.#restorer.restore(producer);
      return { ...about, ...nothing, since, ...(await this.#execute(repetition, state, tolerance)) };
    } catch (error) {
      if (!(error instanceof RepeatError)) throw error;
      return { ...about, ...nothing, verdict: 'unverifiable', reason: error.message };
    }
  }

  /** Stops what executes; what is asked for from now on does not begin. */
  cancel(): void {
    this.#cancelled = true;
    this.#restorer.cancel();
  }

  async close(): Promise<void> {
    await this.#executor?.close();
  }

  async #execute(
    repetition: Repetition,
    state: StateRecord,
    tolerance: Tolerance,
  ): Promise<Partial<StateVerdict> & Pick<StateVerdict, 'verdict'>> {
    const traces = [this.#traceFile(), this.#traceFile()] as const;
    const evicted = new Set(
      repetition.outputs.filter((output) => this.#cache.isEvicted([output])).map(({ digest }) => digest),
    );
    try {
      const event = await this.#attempt(repetition, traces[0]);
      const seconds = (event.usage.endedAt - event.usage.startedAt) / 1000;
      if (event.type === 'failed') return { verdict: 'failed', reason: event.failure.message, seconds };
      const { outputs: recorded } = repetition;
      const isEvicted = ({ digest }: Output): boolean => evicted.has(digest);
      const verdicts = judge(recorded, event.outputs, tolerance, (output) => this.#read(output), isEvicted);
      const verdict = worst(verdicts);
      const outputs = verdicts.filter(({ rung }) => rung !== 'same');
      const restored = await this.#keepAgain(event.outputs.filter(isEvicted));
      if (verdict !== 'diverged') return { verdict, outputs, restored, seconds };
      const again = await this.#attempt(repetition, traces[1]);
      const seeds = await this.#overSeeds(repetition, state);
      return {
        ...{ verdict: seeds?.holds === true ? 'statistical' : verdict, outputs, restored, seconds, seeds },
        repeatable: again.type === 'succeeded' && haveSameBytes(event.outputs, again.outputs),
        trace: compareTraces(...traces),
        recordedTrace: this.#againstRecorded(state, traces[0]),
        undeclared: this.#undeclared(state),
        place: placeChanges(this.#cache.query, repetition.run, this.#options.environment),
      };
    } finally {
      for (const file of traces) discard(file);
    }
  }

  /** The attempt has stored them. False if there are none. */
  async #keepAgain(outputs: readonly Output[]): Promise<boolean> {
    const digests = outputs.map(({ digest }) => digest);
    await this.#cache.objects.sync(digests);
    this.#cache.record.evictions.returned(digests);
    return digests.length > 0;
  }

  /** Null where the run that made the state kept no traces. */
  #againstRecorded({ id }: StateRecord, today: string): TraceComparison | null {
    const recorded = this.#cache.query.traces.of(id);
    if (recorded === undefined) return null;
    const file = this.#traceFile();
    try {
      writeFileSync(file, this.#cache.read(recorded));
      return compareTraces(file, today);
    } catch (error) {
      // Of a trace whose bytes are gone, fsck tells. The state has its verdict without it.
      if (isRestageError(error)) return null;
      throw error;
    } finally {
      discard(file);
    }
  }

  #undeclared({ id }: StateRecord): readonly Access[] {
    return this.#cache.query.accesses.of(id).accesses.filter(({ declared }) => !declared);
  }

  /** Null where nobody asked, or the state takes no seed. @throws RestoreCancelled, CacheError */
  async #overSeeds(repetition: Repetition, { attempt }: StateRecord): Promise<SeedComparison | null> {
    const { outputs, seed } = repetition;
    if (this.#options.seeds === 0 || seed === null) return null;
    const others = Array.from({ length: this.#options.seeds }, (_, k) => sha256(`restage/verify/seed/${seed}/${k}`));
    const samples = await Promise.all(others.map((other) => this.#sample({ ...repetition, seed: other })));
    const made = samples.filter((sample) => sample !== undefined);
    const recorded = this.#numbers(outputs, this.#cache.query.attempts.metrics(attempt));
    return compareOverSeeds(recorded, made, samples.length - made.length);
  }

  /** The numbers of one execution; undefined if it failed. */
  async #sample(repetition: Repetition): Promise<Numbers | undefined> {
    const metrics: SaidMetric[] = [];
    const event = await this.#attempt(repetition, undefined, metrics);
    return event.type === 'failed' ? undefined : this.#numbers(event.outputs, metrics);
  }

  #numbers(outputs: readonly Output[], metrics: readonly SaidMetric[]): Numbers {
    return numbersOf(outputs, metrics, (output) => this.#read(output));
  }

  #traceFile(): string {
    return temporaryPath(join(this.#cache.directory, 'tmp', 'trace'));
  }

  /** @throws RestoreCancelled, CacheError */
  async #attempt(repetition: Repetition, traceFile?: string, metrics?: SaidMetric[]): Promise<LastEvent> {
    if (this.#cancelled) throw new RestoreCancelled();
    this.#tasks += 1;
    const id = `${this.#options.id}.${this.#tasks}.${short(repetition.state)}`;
    const task = repeatTask(this.#cache, repetition, {
      id,
      strict: false,
      checkpointFile: join(this.#cache.directory, 'checkpoints', id),
    });
    if (traceFile !== undefined) makeDirectory(dirname(traceFile));
    if (metrics !== undefined) this.#metrics.set(id, metrics);
    const event = await this.#repeater.run({ ...task, isolate: true, ...(traceFile !== undefined && { traceFile }) });
    this.#metrics.delete(id);
    if (event.type === 'failed' && event.ofCache === true) throw new CacheError(event.failure.message);
    if (event.type === 'failed' && event.failure.class === 'cancelled') throw new RestoreCancelled();
    return event;
  }

  #read(output: Output): Uint8Array {
    try {
      return this.#cache.read(output);
    } catch (error) {
      // What is on record cannot be compared any more, except by its digest, and that differs.
      if (isRestageError(error)) throw new RepeatError(error.message, { cause: error });
      throw error;
    }
  }

  #opened(): Executor {
    this.#executor ??= this.#options.open((event) => {
      if (event.type === 'metric') this.#metrics.get(event.task)?.push(event);
      this.#repeater.react(event);
    });
    return this.#executor;
  }
}

function haveSameBytes(first: readonly Output[], second: readonly Output[]): boolean {
  const digests = new Map(second.map(({ name, digest }) => [name, digest]));
  return first.length === second.length && first.every(({ name, digest }) => digests.get(name) === digest);
}
