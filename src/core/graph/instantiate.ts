/** From a pipeline and its parameters to a checked graph: runs `build` with a builder that records every node. */
import { resolve } from 'node:path';
import { DefinitionError } from '../../errors.ts';
import { buildGraph, type InputSpec, type NodeSpec } from './build-graph.ts';
import { canonical } from '../identity/canonical.ts';
import { type SeedKey, seedKeyText } from '../identity/random.ts';
import type { AnyCodec, ValueOf } from '../artifact/codec.ts';
import { type Graph, inputName } from './graph.ts';
import type { FileRef } from '../authoring/file-ref.ts';
import { parseLayers, parseParams } from '../params/parse-params.ts';
import { plainParams } from '../params/plain-params.ts';
import type { Layer } from '../params/setting.ts';
import type {
  AnyPipeline,
  Builder,
  InstanceKey,
  NodeHandle,
  NodeOptions,
  ObservationHandle,
  OutputRef,
  OutputRefs,
  Results,
} from '../authoring/pipeline.ts';
import type { StateRef } from '../authoring/state-output.ts';
import { Policies } from './policies.ts';
import { type WiredStage, WiredStages } from './wired-stages.ts';
import type { AnyStage, OutputSlots } from '../authoring/stage.ts';

export interface Instance {
  readonly graph: Graph;
  /** Every stage that the graph uses, by name. */
  readonly stages: ReadonlyMap<string, AnyStage>;
}

/** Builds the pipeline for these parameters, the lowest layer first. @throws DefinitionError, CycleError, ParamError */
export function instantiate(
  pipeline: AnyPipeline,
  layers: readonly Layer[],
  place: { readonly directory: string; readonly workingDirectory: string },
): Instance {
  if (Object.keys(pipeline.inputs ?? {}).length > 0)
    throw new DefinitionError(
      `Pipeline ${pipeline.name} takes inputs, so it can only be used inside another one, with p.use().`,
    );
  const params = parseLayers(`Pipeline ${pipeline.name}`, pipeline.params, layers);
  const wiring: Wiring = { pipeline: pipeline.name, ...place, nodes: [], stages: new WiredStages(pipeline.name) };
  const results = resultsOf(pipeline, pipeline.build(new ScopedBuilder(wiring, ''), params as never, {} as never));
  const graph = buildGraph({
    pipeline: pipeline.name,
    params: canonical(params, `pipeline ${pipeline.name}, params`),
    nodes: wiring.nodes,
    results: Object.entries(results).map(([name, ref]) => ({ name, node: ref.node, output: ref.output })),
  });
  return { graph, stages: wiring.stages.all };
}

interface Wiring {
  readonly pipeline: string;
  readonly directory: string;
  readonly workingDirectory: string;
  readonly nodes: NodeSpec[];
  readonly stages: WiredStages;
}

interface LooseOptions extends NodeOptions {
  readonly params?: unknown;
  readonly inputs?: LooseInputs;
}
type LooseInputs = Readonly<Record<string, LooseRef | readonly LooseRef[]>>;
type LooseRef = OutputRef<string, unknown> | StateRef<string, unknown> | FileRef;

const NO_INPUTS: LooseInputs = {};
const NO_TAGS: readonly string[] = [];

/** A node that is called as its stage had another name when its stage had; undefined if it had the same. */
function formerNodeName({ renamedFrom }: AnyStage, name: string): string | undefined {
  const former = renamedFrom?.slice(renamedFrom.lastIndexOf('/') + 1);
  return former === name ? undefined : former;
}

class ScopedBuilder implements Builder {
  readonly #wiring: Wiring;
  readonly #scope: string;
  readonly #policies = new Policies();

  constructor(wiring: Wiring, scope: string) {
    this.#wiring = wiring;
    this.#scope = scope;
  }

  get directory(): string {
    return this.#wiring.directory;
  }

  add<O extends OutputSlots>(stage: AnyStage, options: unknown): NodeHandle<O> {
    const wired = this.#wiring.stages.of(stage);
    const id = this.#wire(stage, wired, options ?? {});
    const out: Record<string, OutputRef<string, unknown>> = {};
    for (const { name, kind } of wired.outputs) out[name] = { node: id, output: name, kind };
    return { id, out: out as OutputRefs<O> };
  }

  observe(stage: AnyStage, options: unknown): ObservationHandle {
    return { id: this.#wire(stage, this.#wiring.stages.of(stage), options ?? {}) };
  }

  use<R extends Results>(pipeline: AnyPipeline, options: unknown): R {
    const { as = pipeline.name, params, inputs = {} } = (options ?? {}) as LooseOptions;
    const scope = `${this.#scope}${as}/`;
    const parsed = parseParams(() => `Pipeline ${scope.slice(0, -1)}`, pipeline.params, params);
    return resultsOf(
      pipeline,
      pipeline.build(new ScopedBuilder(this.#wiring, scope), parsed as never, inputs as never),
    ) as R;
  }

  reference<C extends AnyCodec>(codec: C, node: string, output: string): OutputRef<C['kind'], ValueOf<C>> {
    return { node: this.#scope + node, output, kind: codec.kind };
  }

  #wire(stage: AnyStage, wired: WiredStage, options: LooseOptions): string {
    const { as, key, seedKey, renamedFrom, params, inputs = NO_INPUTS, tags = NO_TAGS } = options;
    const name = as ?? wired.nodeName;
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
      throw new DefinitionError(`The node name "${name}" is malformed; use lower-case letters, digits and dashes.`);
    if (renamedFrom !== undefined && (renamedFrom === name || !/^[a-z0-9][a-z0-9-]*$/.test(renamedFrom)))
      throw new DefinitionError(
        `Node ${this.#scope}${name} has the former name ${JSON.stringify(renamedFrom)} (renamedFrom), which is malformed or the name that it has; write the name that it had, without its key.`,
      );
    const id = this.#scope + name + (key === undefined ? '' : instanceSuffix(name, key));
    const policy = this.#policies.of(id, options);
    const canonicalParams =
      plainParams(stage.params, params) ??
      canonical(
        parseParams(() => `Node ${id}`, stage.params, params),
        `node ${id}, params`,
      );
    const spec = { id, stage, params: canonicalParams, inputs: this.#inputs(id, stage, wired, inputs), tags, policy };
    const former = renamedFrom ?? (as === undefined ? formerNodeName(stage, name) : undefined);
    if (seedKey === undefined && former === undefined) this.#wiring.nodes.push(spec);
    else
      this.#wiring.nodes.push({
        ...spec,
        ...(seedKey === undefined ? {} : { seedKey: checkedSeedKey(id, stage, seedKey) }),
        ...(former === undefined ? {} : { formerName: this.#scope + former }),
      });
    return id;
  }

  #inputs(id: string, stage: AnyStage, wired: WiredStage, refs: LooseInputs): readonly InputSpec[] {
    for (const slot of Object.keys(refs)) {
      if (!Object.hasOwn(stage.inputs, slot))
        throw new DefinitionError(`Node ${id} wires an input ${slot}, which stage ${stage.name} does not declare.`);
    }
    const specs: InputSpec[] = [];
    for (const { slot, codec, takesMany } of wired.inputs) {
      const given = refs[slot];
      if (given === undefined)
        throw new DefinitionError(`Node ${id} leaves its input ${slot} unwired; give it under inputs.${slot}.`);
      if (takesMany) {
        if (!Array.isArray(given))
          throw new DefinitionError(`Input ${slot} of node ${id} takes a list of outputs, not one; put it in [ ].`);
        for (const [index, ref] of (given as readonly LooseRef[]).entries())
          specs.push(this.#input(id, slot, index, codec, ref));
      } else {
        if (Array.isArray(given))
          throw new DefinitionError(
            `Input ${slot} of node ${id} takes one output, not a list; declare it as many(...).`,
          );
        specs.push(this.#input(id, slot, null, codec, given as LooseRef));
      }
    }
    return specs;
  }

  #input(id: string, slot: string, index: number | null, codec: AnyCodec, ref: LooseRef): InputSpec {
    if (!isObject(ref) || !('file' in ref || 'node' in ref || 'recorded' in ref))
      throw new DefinitionError(
        `Input ${inputName({ slot, index })} of node ${id} is wired to something that is not an output of a node.`,
      );
    const kind = 'file' in ref ? 'file' : ref.kind;
    if (kind !== codec.kind)
      throw new DefinitionError(
        `Input ${inputName({ slot, index })} of node ${id} takes ${codec.kind}, but is wired to ${sourceName(ref)}, which is ${kind}.`,
      );
    if ('file' in ref) {
      const { file, remote } = ref;
      const from = remote === undefined ? { file: resolve(this.#wiring.workingDirectory, file) } : { file, remote };
      return { slot, index, from };
    }
    const from = 'recorded' in ref ? { recorded: ref.recorded, kind } : { node: ref.node, output: ref.output };
    return { slot, index, from };
  }
}

/** What an input is wired to, in the words of an error. */
function sourceName(ref: LooseRef): string {
  if ('file' in ref) return ref.file;
  return 'recorded' in ref ? `stateOutput("${ref.recorded}")` : `${ref.node}.${ref.output}`;
}

/** Checks what `build` returned, for authors who write JavaScript. @throws DefinitionError */
function resultsOf(pipeline: AnyPipeline, results: unknown): Results {
  const { name } = pipeline;
  if (!isObject(results))
    throw new DefinitionError(`The build of pipeline ${name} returns no results; return { } if it has none.`);
  if ('then' in results && typeof results.then === 'function') {
    // Nothing waits for this promise, and its rejection must not end the process.
    (results as Promise<unknown>).then(undefined, () => undefined);
    throw new DefinitionError(
      `The build of pipeline ${name} is asynchronous; make it a plain function, and move slow work into a stage.`,
    );
  }
  for (const [result, ref] of Object.entries(results))
    if (!isObject(ref) || !('node' in ref) || typeof ref.node !== 'string' || !('output' in ref))
      throw new DefinitionError(
        `Result ${result} of pipeline ${name} is not an output of a node; return what p.add() has under out.`,
      );
  return results as Results;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** `fold=3` of a key: with these signs, keys of several parts cannot be mixed up. */
const INSTANCE_PART = /^[A-Za-z][A-Za-z0-9_-]*=[A-Za-z0-9._+-]+$/;

/** @throws DefinitionError */
function checkedSeedKey(id: string, stage: AnyStage, key: SeedKey): string {
  if (!stage.random)
    throw new DefinitionError(
      `Node ${id} has a seedKey, but its stage ${stage.name} draws no random numbers; declare the stage with random: true, or omit seedKey.`,
    );
  const isText = typeof key === 'string' && key !== '';
  const isRecord =
    isObject(key) &&
    Object.keys(key).length > 0 &&
    Object.entries(key).every(([name, value]) => INSTANCE_PART.test(`${name}=${value}`));
  if (!isText && !isRecord)
    throw new DefinitionError(
      `The seedKey of node ${id} must be a text or values by name, such as { fold: 3 }, with letters, digits and . _ + - only.`,
    );
  return seedKeyText(key);
}

function instanceSuffix(name: string, key: InstanceKey): string {
  let suffix = '';
  for (const part of Object.keys(key)) {
    const instance = `${part}=${key[part]}`;
    if (!INSTANCE_PART.test(instance))
      throw new DefinitionError(
        `The instance key ${instance} of node ${name} is malformed; use letters, digits and . _ + - only.`,
      );
    suffix += `${suffix === '' ? '@' : ','}${instance}`;
  }
  return suffix;
}
