/**
 * Stages: named, module-level exported, typed steps. This file has what a stage's author uses; it does not know about
 * graphs, keys or execution.
 */
import type { z } from 'zod';
import { DefinitionError } from '../../errors.ts';
import { refuseZod3 } from '../diagnostics/zod-version.ts';
import type { AnyCodec, ValueOf } from '../artifact/codec.ts';
import { checkCodecs } from './check-codecs.ts';
import type { Digest } from '../identity/digest.ts';
import { type Effect, EFFECTS } from './access.ts';
import { declaredReads } from './declared-reads.ts';
import type { RandomStreams } from '../identity/random.ts';
import type { TypedArray } from '../artifact/dtypes.ts';
import type { Trace } from './trace.ts';

/** The backend that computes in a worker. A stage passes it unchanged to the functions of `restage/ml`. */
export interface ComputeBackend {
  /** `tfjs-cpu`, `tfjs-wasm`, ... */
  readonly name: string;
  readonly version: string;
  /** `cpu`, or the device's name. */
  readonly device: string;
}

/** An input slot that takes a list, in the order of wiring: the models of an ensemble. */
export interface Many<C extends AnyCodec> {
  readonly many: C;
}
export function many<C extends AnyCodec>(codec: C): Many<C> {
  return { many: codec };
}

export type InputSlots = Readonly<Record<string, AnyCodec | Many<AnyCodec>>>;
export type OutputSlots = Readonly<Record<string, AnyCodec>>;

/** An input of a running stage; nothing is read before `read` is called. */
export interface Input<T> {
  readonly digest: Digest;
  /** @throws DecodeError, ArtifactCorruptError */
  read(): Promise<T>;
}

export type Inputs<I extends InputSlots> = {
  readonly [S in keyof I]: I[S] extends Many<infer C> ? readonly Input<ValueOf<C>>[] : Input<ValueOf<I[S]>>;
};

export type OutputValues<O extends OutputSlots> = { readonly [S in keyof O]: ValueOf<O[S]> };

/**
 * Scratch state of a long stage. It survives a crash of the worker or of restage itself, and is deleted when the stage
 * succeeds.
 */
export interface Checkpoint {
  /** What the last attempt at this same state saved, or undefined. */
  load(): Promise<CheckpointValue | undefined>;
  /** Replaces what was saved, atomically. */
  save(value: CheckpointValue): Promise<void>;
}
export type CheckpointValue =
  | null
  | boolean
  | number
  | string
  | TypedArray
  | readonly CheckpointValue[]
  | { readonly [key: string]: CheckpointValue };

/** The argument of a stage's `run`. */
export interface StageContext<Params, I extends InputSlots> {
  /** Parsed by the stage's schema. */
  readonly params: Params;
  readonly inputs: Inputs<I>;
  /** Named random streams; only for stages that declare `random`. */
  readonly rng: RandomStreams;
  /** A line for the attempt's log. console.log and console.error go there too. */
  readonly log: (message: string) => void;
  /** A number worth keeping, NaN and infinities included: recorded by name and step. */
  readonly metric: (name: string, value: number, step?: number) => void;
  /** How far the stage is, in finite numbers; `note` is a few words such as `loss 0.318`. */
  readonly progress: (done: number, total: number, note?: string) => void;
  /**
   * A step of the way to the result, such as the weights after a sub-epoch: `trace(name, value, step)`. In a run it
   * does nothing. `verify` writes it down, and finds the first step, tensor and element in which two executions differ.
   */
  readonly trace: Trace;
  readonly checkpoint: Checkpoint;
  /** Aborted when the run is cancelled or the stage's time is up. */
  readonly signal: AbortSignal;
  /** The compute backend; only for stages that declare `compute`. */
  readonly backend: ComputeBackend;
  /** The declared environment variables that are set. */
  readonly env: Readonly<Record<string, string>>;
}

export interface StageDefinition<P extends z.ZodType, I extends InputSlots, O extends OutputSlots> {
  /** `family/name`, a literal, unique in a pipeline, and part of the cache key. */
  readonly name: string;
  /** One line for people. It is not a field of the key, but it is part of the stage's code. */
  readonly description?: string;
  /**
   * What the stage was called, a literal: its earlier states are found, as long as nothing but the name has changed. It
   * enters neither the code nor the key.
   */
  readonly renamedFrom?: string;
  readonly params: P;
  readonly inputs: I;
  readonly outputs: O;
  /** The stage draws random numbers from `rng`: the run's seed enters its key. */
  readonly random?: boolean;
  /** The stage computes on `backend`: which one enters its key, and it runs in a worker process. */
  readonly compute?: boolean;
  /** Names of the environment variables that it reads; their values enter its key. */
  readonly env?: readonly string[];
  /**
   * Names of environment variables with secrets, for `env` of the context: they enter the key by a digest that only
   * this cache can make, and nothing that restage writes has their values.
   */
  readonly secrets?: readonly string[];
  /**
   * Files and folders that it reads by itself, relative to the project's root: their content enters its key. A file
   * whose place varies is wired in as an input instead.
   */
  readonly reads?: readonly string[];
  /** It asks for the time. This and what follows cannot be part of a key: the state is marked as not reproducible. */
  readonly clock?: boolean;
  /** It takes random numbers from elsewhere than `rng`. */
  readonly entropy?: boolean;
  /** It uses the network. */
  readonly network?: boolean;
  /** It starts other processes, or threads. */
  readonly subprocess?: boolean;
  /** It loads native code: addons, whose reads nobody observes. */
  readonly native?: boolean;
  /** It asks about the machine: the number of processors, the host's name, the process's id. */
  readonly host?: boolean;
  /** The work: params and inputs to outputs, and nothing else. May throw a DataError to fail with one sentence. */
  readonly run: (context: StageContext<z.output<P>, I>) => OutputValues<O> | Promise<OutputValues<O>>;
  /**
   * The work of several nodes as one program, for a stage that declares `compute`: one promise for each context, in
   * their order. Each node's outputs must be, bit for bit, those that `run` gives it alone. A promise that rejects
   * fails its own node and no other. What each node draws, logs and saves goes through its own context, and its own
   * `signal` ends it. restage calls it for nodes that are ready at the same time and share a device, where the backend
   * computes the same bits whatever goes together.
   */
  readonly runTogether?: RunTogether<z.output<P>, I, O>;
}

type RunTogether<Params, I extends InputSlots, O extends OutputSlots> = (
  contexts: readonly StageContext<Params, I>[],
) => readonly Promise<OutputValues<O>>[];

export interface Stage<
  P extends z.ZodType = z.ZodType,
  I extends InputSlots = InputSlots,
  O extends OutputSlots = OutputSlots,
  Observation extends boolean = boolean,
> extends Omit<
  StageDefinition<P, I, O>,
  'run' | 'runTogether' | 'random' | 'compute' | 'env' | 'secrets' | 'reads' | Effect
> {
  readonly observation: Observation;
  readonly random: boolean;
  readonly compute: boolean;
  readonly env: readonly string[];
  /** Those of `env` that are secrets; absent if there is none. */
  readonly secrets?: readonly string[];
  readonly reads: readonly string[];
  readonly effects: readonly Effect[];
  run(context: StageContext<z.output<P>, I>): OutputValues<O> | Promise<OutputValues<O>>;
  runTogether?(contexts: readonly StageContext<z.output<P>, I>[]): readonly Promise<OutputValues<O>>[];
}

/** A stage of any type: every `Stage` is assignable to it. */
export interface AnyStage {
  readonly name: string;
  readonly description?: string;
  readonly renamedFrom?: string;
  readonly params: z.ZodType;
  readonly inputs: InputSlots;
  readonly outputs: OutputSlots;
  readonly observation: boolean;
  readonly random: boolean;
  readonly compute: boolean;
  readonly env: readonly string[];
  /** Those of `env` that are secrets; absent if there is none. */
  readonly secrets?: readonly string[];
  readonly reads: readonly string[];
  /** What it declares that makes its states not reproducible. */
  readonly effects: readonly Effect[];
  run(context: never): unknown;
  runTogether?(contexts: never): unknown;
}

/**
 * Declares a stage. It must be a module-level `export const`: what varies is a declared param, never a closure.
 *
 *     export const fitScaler = stage({
 *       name: 'higgs/fit-scaler',
 *       params: z.strictObject({}),
 *       inputs: { train: table() },
 *       outputs: { scaler: json<Scaler>() },
 *       async run({ inputs }) {
 *         return { scaler: fit(await inputs.train.read()) };
 *       },
 *     });
 *
 * @throws DefinitionError for a malformed name or slot, or a codec that cannot keep its values.
 */
export function stage<P extends z.ZodType, const I extends InputSlots, const O extends OutputSlots>(
  definition: StageDefinition<P, I, O>,
): Stage<P, I, O, false> {
  return declare(definition, false, stage);
}

/**
 * Declares an observation: a stage that only reads (plots, reports). It is cached like any other, but nothing may take
 * its outputs as input.
 */
export function observation<P extends z.ZodType, const I extends InputSlots, const O extends OutputSlots>(
  definition: StageDefinition<P, I, O>,
): Stage<P, I, O, true> {
  return declare(definition, true, observation);
}

export function isStage(value: unknown): value is AnyStage {
  return typeof value === 'object' && value !== null && STAGE in value;
}

// Registered, so that a stage is known across two copies of this module (source and build).
const STAGE = Symbol.for('restage.stage');
const DECLARED: unique symbol = Symbol.for('restage.declared') as never;
const NAME = /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/;
const SLOT = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Sources run without type checking, so authors who did not compile them learn here what is missing. */
function checkMembers(definition: Readonly<Partial<Record<keyof AnyStage, unknown>>>): void {
  const { name, inputs, outputs, run } = definition;
  const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
  const wrong = [
    [typeof name === 'string', 'a name, such as "lab/fit"'],
    [isObject(inputs), 'inputs, an object of codecs such as {}'],
    [isObject(outputs), 'outputs, an object of codecs such as { slope: json<number>() }'],
    [typeof run === 'function', 'run, the function that does the work'],
  ] as const;
  const missing = wrong.find(([fine]) => !fine)?.[1];
  if (missing !== undefined)
    throw new DefinitionError(
      `${typeof name === 'string' ? `The stage ${name}` : 'A stage'} is declared without ${missing}; "npx tsc --noEmit" finds such slips before a run does.`,
    );
}

function checkTogether({ name, compute, runTogether }: Readonly<Partial<Record<keyof AnyStage, unknown>>>): void {
  if (runTogether === undefined) return;
  if (typeof runTogether !== 'function')
    throw new DefinitionError(
      `Stage ${String(name)} has a runTogether that is not a function; give it a function from contexts to promises.`,
    );
  if (compute !== true)
    throw new DefinitionError(
      `Stage ${String(name)} has runTogether and does not declare "compute: true"; only nodes that share a device go together, so declare it or remove runTogether.`,
    );
}

function checkFormerName(name: string, former: unknown): void {
  if (former === undefined) return;
  if (typeof former !== 'string' || !NAME.test(former) || former === name)
    throw new DefinitionError(
      `Stage ${name} has the former name ${JSON.stringify(former)} (renamedFrom), which is malformed or the name that it has; write the name that it had, like "higgs/train-fold".`,
    );
}

function declare<P extends z.ZodType, I extends InputSlots, O extends OutputSlots, Obs extends boolean>(
  definition: StageDefinition<P, I, O>,
  isObservation: Obs,
  calledBy: (...args: never) => unknown,
): Stage<P, I, O, Obs> {
  const { name, inputs, outputs } = definition;
  checkMembers(definition);
  refuseZod3(`params of stage ${name}`, definition.params);
  if (!NAME.test(name))
    throw new DefinitionError(
      `The stage name "${name}" is malformed; use lower-case words, digits and dashes, with slashes between them, like "higgs/train-fold".`,
    );
  checkFormerName(name, definition.renamedFrom);
  checkTogether(definition);
  for (const slot of [...Object.keys(inputs), ...Object.keys(outputs)]) {
    if (!SLOT.test(slot))
      throw new DefinitionError(
        `Stage ${name} has a slot "${slot}"; start with a letter and use letters, digits, _ and - only.`,
      );
  }
  if (Object.keys(outputs).length === 0)
    throw new DefinitionError(`Stage ${name} declares no outputs; a stage without a result has nothing to cache.`);
  for (const [slot, codec] of Object.entries(outputs)) {
    if (codec.kind === 'file')
      throw new DefinitionError(
        `Output ${slot} of stage ${name} is declared as file(), which is for external inputs only; use bytes() or text().`,
      );
  }
  checkCodecs(definition, false);
  const declared = {
    ...definition,
    observation: isObservation,
    random: definition.random ?? false,
    compute: definition.compute ?? false,
    env: [...new Set([...(definition.env ?? []), ...(definition.secrets ?? [])])],
    reads: declaredReads(name, definition.reads),
    effects: EFFECTS.filter((effect) => definition[effect] === true),
    [STAGE]: true,
  };
  // V8 makes the text of a stack only when somebody asks for it. It begins where the author calls.
  const place = { stack: '' };
  Error.captureStackTrace(place, calledBy);
  Object.defineProperty(declared, DECLARED, { value: place });
  return Object.freeze(declared);
}

/**
 * The line of a stack trace that says where the stage is declared, in its author's file; undefined if it is unknown.
 */
export function declarationFrame(stage: AnyStage): string | undefined {
  const { stack } = (stage as { readonly [DECLARED]?: { readonly stack: string } })[DECLARED] ?? {};
  return (
    stack
      ?.split('\n')
      .find((line) => /^\s+at /.test(line))
      // The function that makes the stage is restage's, and has no name that its author knows.
      ?.replace(/at (?:async )?default \((.*)\)$/, 'at $1')
  );
}
