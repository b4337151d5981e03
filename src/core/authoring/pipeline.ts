/**
 * Pipelines: stages wired into a graph, in plain TypeScript. This file has what a pipeline's author uses; `instantiate`
 * in instantiate.ts runs `build` for given parameters and returns the checked graph.
 *
 * Policy (resources, retries, tags, ...) is given here, where a node is wired, and never in a stage's definition.
 */
import type { z } from 'zod';
import { DefinitionError } from '../../errors.ts';
import { refuseZod3 } from '../diagnostics/zod-version.ts';
import type { AnyCodec, Codec, ValueOf } from '../artifact/codec.ts';
import type { SeedKey } from '../identity/random.ts';
import type { NodePolicy } from './policy.ts';
import type { FileRef } from './file-ref.ts';
import type { StateRef } from './state-output.ts';
import { type InputSlots, type Many, type OutputSlots, type Stage } from './stage.ts';

/** An output of a node, to be wired into an input of the same kind and type. */
export interface OutputRef<Kind extends string, T> {
  readonly node: string;
  readonly output: string;
  readonly kind: Kind;
  /** Never present at run time: carries the type. */
  readonly [valueType]?: T;
}
declare const valueType: unique symbol;

export type RefTo<C> =
  C extends Codec<infer Kind, infer T>
    ? Kind extends 'file'
      ? FileRef
      : OutputRef<Kind, T> | StateRef<Kind, T>
    : never;

export type InputRefs<I extends InputSlots> = {
  readonly [S in keyof I]: I[S] extends Many<infer C> ? readonly RefTo<C>[] : RefTo<I[S]>;
};
export type OutputRefs<O extends OutputSlots> = { readonly [S in keyof O]: OutputRef<O[S]['kind'], ValueOf<O[S]>> };

/** A wired stage. An observation has no `out`: nothing may take its outputs. */
export interface NodeHandle<O extends OutputSlots> {
  readonly id: string;
  readonly out: OutputRefs<O>;
}
export interface ObservationHandle {
  readonly id: string;
}

/** Distinguishes the instances of one stage: `{ fold: 3 }` makes the node `train-fold@fold=3`. */
export type InstanceKey = Readonly<Record<string, string | number>>;

export interface NodeOptions extends NodePolicy {
  /** The node's name; the last word of the stage's name if not given. */
  readonly as?: string;
  readonly key?: InstanceKey;
  /** What the node was called, without its key: its earlier states are found. */
  readonly renamedFrom?: string;
  /**
   * Names the node's random streams instead of its own name. Nodes of one stage that share it draw the same numbers:
   * two configurations with `{ fold }` have the same initial weights and batches in each fold.
   */
  readonly seedKey?: SeedKey;
  /** For finding results again; never part of a cache key. */
  readonly tags?: readonly string[];
}

type MaybeParams<P extends z.ZodType> = string extends keyof z.input<P>
  ? Optional<P>
  : Partial<z.input<P>> extends z.input<P> & object
    ? Optional<P>
    : { readonly params: z.input<P> };
interface Optional<P extends z.ZodType> {
  readonly params?: z.input<P>;
}
type MaybeInputs<I extends InputSlots> = keyof I extends never
  ? { readonly inputs?: InputRefs<I> }
  : { readonly inputs: InputRefs<I> };

/** The argument of a pipeline's `build`, which wires nodes. */
export interface Builder {
  /** The directory of the pipeline's file. */
  readonly directory: string;
  /** Adds a node. @throws DefinitionError, ParamError */
  add<P extends z.ZodType, I extends InputSlots, O extends OutputSlots>(
    stage: Stage<P, I, O, false>,
    options: MaybeParams<P> & MaybeInputs<I> & NodeOptions,
  ): NodeHandle<O>;
  /** Adds an observation. */
  observe<P extends z.ZodType, I extends InputSlots, O extends OutputSlots>(
    stage: Stage<P, I, O, true>,
    options: MaybeParams<P> & MaybeInputs<I> & NodeOptions,
  ): ObservationHandle;
  /** Wires another pipeline in, with its nodes named `<as>/...`, and returns its results. */
  use<P extends z.ZodType, I extends InputSlots, R extends Results>(
    pipeline: Pipeline<P, I, R>,
    options: MaybeParams<P> & MaybeInputs<I> & { readonly as?: string },
  ): R;
  /** Refers to an output by the name of its node, which may be added later; checked when the graph is complete. */
  reference<C extends AnyCodec>(codec: C, node: string, output: string): OutputRef<C['kind'], ValueOf<C>>;
}

/** The outputs that a pipeline is run for: shown at the end of a run, and returned by `use` for a sub-pipeline. */
export type Results = Readonly<Record<string, OutputRef<string, unknown>>>;

export interface Pipeline<
  P extends z.ZodType = z.ZodType,
  I extends InputSlots = InputSlots,
  R extends Results = Results,
> {
  readonly name: string;
  readonly description?: string;
  readonly params: P;
  /** The inputs that a sub-pipeline takes from the one that uses it. */
  readonly inputs?: I;
  build(builder: Builder, params: z.output<P>, inputs: InputRefs<I>): R;
}

/**
 * Declares a pipeline; the default export of its file.
 *
 *     export default pipeline({
 *       name: 'digits',
 *       params: z.strictObject({ folds: z.int().positive().default(5) }),
 *       build(p, { folds }) {
 *         const data = p.add(readDigits, {});
 *         const models = range(folds).map((fold) =>
 *           p.add(trainFold, { key: { fold }, params: { fold }, inputs: { data: data.out.table } }));
 *         return { score: p.add(score, { inputs: { models: models.map((m) => m.out.weights) } }).out.score };
 *       },
 *     });
 */
export function pipeline<P extends z.ZodType, R extends Results, const I extends InputSlots = Record<never, never>>(
  definition: Pipeline<P, I, R>,
): Pipeline<P, I, R> {
  const { name, params, build } = definition as Readonly<Partial<Record<keyof AnyPipeline, unknown>>>;
  // Sources run without type checking.
  if (typeof name !== 'string' || typeof params !== 'object' || typeof build !== 'function')
    throw new DefinitionError(
      `${typeof name === 'string' ? `The pipeline ${name}` : 'A pipeline'} is declared without ${typeof name !== 'string' ? 'a name' : typeof params !== 'object' ? 'params, a zod schema such as z.strictObject({})' : 'build, the function that wires the stages'}; "npx tsc --noEmit" finds such slips before a run does.`,
    );
  refuseZod3(`params of pipeline ${name}`, params);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(definition.name))
    throw new DefinitionError(
      `The pipeline name "${definition.name}" is malformed; use lower-case letters, digits and dashes.`,
    );
  refuseZod3(`params of pipeline ${name}`, params);
  return Object.freeze({ ...definition, [PIPELINE]: true });
}

/** A pipeline of any type. */
export interface AnyPipeline {
  readonly name: string;
  readonly description?: string;
  readonly params: z.ZodType;
  readonly inputs?: InputSlots;
  build(builder: Builder, params: never, inputs: never): Results;
}

export function isPipeline(value: unknown): value is AnyPipeline {
  return typeof value === 'object' && value !== null && PIPELINE in value;
}

// Registered, so that a pipeline is known across two copies of this module (source and build).
const PIPELINE = Symbol.for('restage.pipeline');
