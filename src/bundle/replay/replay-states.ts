/**
 * Executes the states of a bundle, each once and from its stored code, with what the states before it came to here.
 * Unlike `verify`, which gives every state the inputs that are on record, this follows a difference down to the number.
 */
import { join } from 'node:path';
import type { Output } from '../../core/artifact/artifact.ts';
import type { FieldChange } from '../../core/identity/cache-key.ts';
import { type CacheKey, type Digest, short } from '../../core/identity/digest.ts';
import { isRestageError, RepeatError } from '../../errors.ts';
import { judge, type OutputVerdict } from '../../audit/verify/judge.ts';
import { repeatTask } from '../../execution/repetition/repeat-task.ts';
import { type LastEvent, Repeater } from '../../execution/repetition/repeater.ts';
import type { Executor, ExecutorEvent } from '../../executors/contract.ts';
import {
  type RepeatedInput,
  type RepeatPlace,
  type Repetition,
  repetitionOf,
} from '../../planning/repetition/repetition.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';

export interface ReplayedState {
  readonly state: CacheKey;
  readonly node: string;
  readonly stage: string;
  /** `same`: every output has the bytes that are on record. `skipped`: what it takes was not made. */
  readonly verdict: 'same' | 'other' | 'failed' | 'skipped';
  /** Whether it was given other inputs than those on record, since a state before it came to other bytes. */
  readonly otherInputs: boolean;
  /** Outputs with other bytes, and how far they are from those on record, where these are available. */
  readonly outputs: readonly OutputVerdict[];
  /** What is not as it was when the state was made. */
  readonly since: readonly FieldChange[];
  /** Why it failed or was skipped. */
  readonly reason: string | null;
  /** Null where it was not executed. */
  readonly seconds: number | null;
  readonly recordedSeconds: number;
  /** What it came to. */
  readonly made: readonly Output[];
  /** The last value of each metric. */
  readonly metrics: ReadonlyMap<string, number>;
}

export interface ReplayOptions {
  readonly place: RepeatPlace;
  readonly jobs: number;
  readonly open: (onEvent: (event: ExecutorEvent) => void) => Executor;
  readonly onState: (state: ReplayedState) => void;
  readonly signal?: AbortSignal;
}

/**
 * @param states producers first
 * @returns those that were replayed, in the same order; fewer if it was interrupted
 * @throws CacheError
 */
export async function replayStates(
  cache: Cache,
  states: readonly StateRecord[],
  options: ReplayOptions,
): Promise<readonly ReplayedState[]> {
  const replay = new Replay(cache, options);
  try {
    return await replay.run(states);
  } finally {
    await replay.close();
  }
}

class Replay {
  readonly #cache: Cache;
  readonly #options: ReplayOptions;
  readonly #repeater: Repeater;
  readonly #metrics = new Map<string, Map<string, number>>();
  readonly #done = new Map<CacheKey, Promise<ReplayedState | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #executor: Executor | undefined;

  constructor(cache: Cache, options: ReplayOptions) {
    this.#cache = cache;
    this.#options = options;
    this.#free = options.jobs;
    this.#repeater = new Repeater(() => this.#opened());
  }

  async run(states: readonly StateRecord[]): Promise<readonly ReplayedState[]> {
    const { signal } = this.#options;
    const cancel = (): void => this.#repeater.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    for (const state of states) this.#done.set(state.key, this.#state(state));
    const ended = await Promise.allSettled(this.#done.values());
    signal?.removeEventListener('abort', cancel);
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
    return ended.flatMap((each) => (each.status === 'fulfilled' && each.value !== undefined ? [each.value] : []));
  }

  async close(): Promise<void> {
    await this.#executor?.close();
  }

  /** Undefined if it was interrupted before. */
  async #state(state: StateRecord): Promise<ReplayedState | undefined> {
    const producers = new Map<CacheKey, ReplayedState>();
    for (const { from } of this.#cache.query.lineage.inputs(state.id)) {
      if ('path' in from) continue;
      const producer = await this.#done.get(from.state)!;
      if (producer === undefined) return undefined;
      producers.set(from.state, producer);
    }
    await this.#slot();
    try {
      if (this.#isAborted()) return undefined;
      const replayed = await this.#replayed(state, producers);
      if (this.#isAborted()) return undefined;
      this.#options.onState(replayed);
      return replayed;
    } finally {
      this.#free += 1;
      this.#waiting.shift()?.();
    }
  }

  async #slot(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#free -= 1;
  }

  async #replayed(state: StateRecord, producers: ReadonlyMap<CacheKey, ReplayedState>): Promise<ReplayedState> {
    const { node } = this.#cache.query.attempts.get(state.attempt)!;
    const about = { state: state.key, node, stage: state.stage, recordedSeconds: state.seconds };
    const nothing = { otherInputs: false, outputs: [], since: [], seconds: null, made: [], metrics: new Map() };
    const lost = [...producers.values()].find(({ verdict }) => verdict === 'failed' || verdict === 'skipped');
    if (lost !== undefined)
      return {
        ...about,
        ...nothing,
        verdict: 'skipped',
        reason: `it takes outputs of ${lost.node}, which was not made`,
      };
    try {
      const recorded = await repetitionOf(this.#cache, state, this.#options.place);
      const repetition = { ...recorded, inputs: recorded.inputs.map((input) => inputNow(input, producers)) };
      const otherInputs = repetition.inputs.some(({ digest }, index) => digest !== recorded.inputs[index]!.digest);
      return {
        ...about,
        ...nothing,
        otherInputs,
        since: repetition.differences,
        ...(await this.#executed(repetition)),
      };
    } catch (error) {
      if (!(error instanceof RepeatError)) throw error;
      return { ...about, ...nothing, verdict: 'failed', reason: error.message };
    }
  }

  async #executed(
    repetition: Repetition,
  ): Promise<Pick<ReplayedState, 'verdict' | 'reason' | 'seconds' | 'outputs' | 'made' | 'metrics'>> {
    const id = `replay.${short(repetition.state)}`;
    const checkpointFile = join(this.#cache.directory, 'checkpoints', id);
    const metrics = new Map<string, number>();
    this.#metrics.set(id, metrics);
    const task = repeatTask(this.#cache, repetition, { id, strict: false, checkpointFile });
    const event: LastEvent = await this.#repeater.run({ ...task, isolate: true });
    const seconds = (event.usage.endedAt - event.usage.startedAt) / 1000;
    if (event.type === 'failed')
      return { verdict: 'failed', reason: event.failure.message, seconds, outputs: [], made: [], metrics };
    // Of a value that is not on record, whoever takes it finds the bytes among the objects.
    for (const { inline } of event.outputs) if (inline !== null) this.#cache.objects.put([inline]);
    const outputs = this.#compared(repetition.outputs, event.outputs);
    return {
      verdict: outputs.length === 0 ? 'same' : 'other',
      reason: null,
      seconds,
      outputs,
      made: event.outputs,
      metrics,
    };
  }

  #compared(recorded: readonly Output[], made: readonly Output[]): readonly OutputVerdict[] {
    const other = recorded.filter(({ name, digest }) => made.find((each) => each.name === name)?.digest !== digest);
    return other.flatMap((output) => {
      try {
        return judge([output], made, { ulp: 0, relative: 0 }, (each) => this.#cache.read(each));
      } catch (error) {
        // A bundle need not have the bytes of every output: the digests say that they differ.
        if (!isRestageError(error)) throw error;
        return [{ name: output.name, rung: 'diverged' as const, differences: [] }];
      }
    });
  }

  #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #opened(): Executor {
    this.#executor ??= this.#options.open((event) => {
      if (event.type === 'metric') this.#metrics.get(event.task)?.set(event.name, event.value);
      this.#repeater.react(event);
    });
    return this.#executor;
  }
}

/** The input as the producer's replay made it. */
function inputNow(input: RepeatedInput, producers: ReadonlyMap<CacheKey, ReplayedState>): RepeatedInput {
  const { from } = input;
  if ('path' in from) return input;
  const made = producers.get(from.state)!.made.find(({ name }) => name === from.output);
  if (made === undefined) throw new RepeatError(`It takes the output ${from.output}, which was not made this time.`);
  return { ...input, digest: made.digest satisfies Digest, bytes: made.bytes };
}
