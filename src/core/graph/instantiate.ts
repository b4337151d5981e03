/** From a pipeline and its parameters to a checked graph: runs `build` with a builder that records every node. */
import { resolve } from 'node:path';
import { DefinitionError } from '../../errors.ts';
import { buildGraph, type InputSpec, type NodeSpec } from './build-graph.ts';
import { refuseZod3 } from '../diagnostics/zod-version.ts';
import { canonical } from '../identity/canonical.ts';
import { type SeedKey, seedKeyText } from '../identity/random.ts';
import type { AnyCodec, ValueOf } from '../artifact/codec.ts';
import type { Graph } from './graph.ts';
import type { FileRef } from '../authoring/file-ref.ts';
import { checkCodecs } from '../authoring/check-codecs.ts';
import { parseLayers, parseParams } from '../params/parse-params.ts';
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
import { checkPolicy } from '../authoring/policy.ts';
import { type AnyStage, isStage, type OutputSlots } from '../authoring/stage.ts';

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
  const wiring: Wiring = { pipeline: pipeline.name, ...place, nodes: [], stages: new Map() };
  const results = resultsOf(pipeline, pipeline.build(new ScopedBuilder(wiring, ''), params as never, {} as never));
  const graph = buildGraph({
    pipeline: pipeline.name,
    params: canonical(params, `pipeline ${pipeline.name}, params`),
    nodes: wiring.nodes,
    results: Object.entries(results).map(([name, ref]) => ({ name, node: ref.node, output: ref.output })),
  });
  return { graph, stages: wiring.stages };
}

interface Wiring {
  readonly pipeline: string;
  readonly directory: string;
  readonly workingDirectory: string;
  readonly nodes: NodeSpec[];
  readonly stages: Map<string, AnyStage>;
}

interface LooseOptions extends NodeOptions {
  readonly params?: unknown;
  readonly inputs?: Readonly<Record<string, LooseRef | readonly LooseRef[]>>;
}
type LooseRef = OutputRef<string, unknown> | StateRef<string, unknown> | FileRef;

class ScopedBuilder implements Builder {
  readonly #wiring: Wiring;
  readonly #scope: string;

  constructor(wiring: Wiring, scope: string) {
    this.#wiring = wiring;
    this.#scope = scope;
  }

  get directory(): string {
    return this.#wiring.directory;
  }

  add<O extends OutputSlots>(stage: AnyStage, options: unknown): NodeHandle<O> {
    const id = this.#wire(stage, options ?? {});
    const out = Object.fromEntries(
      Object.entries(stage.outputs).map(([output, codec]) => [output, { node: id, output, kind: codec.kind }]),
    );
    return { id, out: out as OutputRefs<O> };
  }

  observe(stage: AnyStage, options: unknown): ObservationHandle {
    return { id: this.#wire(stage, options ?? {}) };
  }

  use<R extends Results>(pipeline: AnyPipeline, options: unknown): R {
    const { as = pipeline.name, params, inputs = {} } = (options ?? {}) as LooseOptions;
    const scope = `${this.#scope}${as}/`;
    const parsed = parseParams(`Pipeline ${scope.slice(0, -1)}`, pipeline.params, params);
    return resultsOf(
      pipeline,
      pipeline.build(new ScopedBuilder(this.#wiring, scope), parsed as never, inputs as never),
    ) as R;
  }

  reference<C extends AnyCodec>(codec: C, node: string, output: string): OutputRef<C['kind'], ValueOf<C>> {
    return { node: this.#scope + node, output, kind: codec.kind };
  }

  #wire(stage: AnyStage, options: LooseOptions): string {
    const { as, key, seedKey, params, inputs = {}, tags = [], ...policy } = options;
    if (!isStage(stage))
      throw new DefinitionError(
        `Pipeline ${this.#wiring.pipeline} adds something that is not a stage; declare it with stage({...}) and export it.`,
      );
    if (!isObject(stage.params) || !('safeParse' in stage.params))
      throw new DefinitionError(
        `The stage ${stage.name} is declared without params, a zod schema such as z.strictObject({}); "npx tsc --noEmit" finds such slips before a run does.`,
      );
    const known = this.#wiring.stages.get(stage.name);
    if (known !== undefined && known !== stage)
      throw new DefinitionError(
        `Pipeline ${this.#wiring.pipeline} uses two different stages named ${stage.name}; rename one of them.`,
      );
    if (known === undefined) checkCodecs(stage, true);
    if (known === undefined) refuseZod3(`params of stage ${stage.name}`, stage.params);
    this.#wiring.stages.set(stage.name, stage);
    const name = as ?? stage.name.slice(stage.name.lastIndexOf('/') + 1);
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
      throw new DefinitionError(`The node name "${name}" is malformed; use lower-case letters, digits and dashes.`);
    const id = this.#scope + name + instanceSuffix(name, key);
    checkPolicy(id, policy);
    const parsed = parseParams(`Node ${id}`, stage.params, params);
    this.#wiring.nodes.push({
      id,
      stage,
      ...(seedKey === undefined ? {} : { seedKey: checkedSeedKey(id, stage, seedKey) }),
      params: canonical(parsed, `node ${id}, params`),
      inputs: this.#inputs(id, stage, inputs),
      tags,
      policy,
    });
    return id;
  }

  #inputs(id: string, stage: AnyStage, refs: NonNullable<LooseOptions['inputs']>): readonly InputSpec[] {
    for (const slot of Object.keys(refs)) {
      if (!Object.hasOwn(stage.inputs, slot))
        throw new DefinitionError(`Node ${id} wires an input ${slot}, which stage ${stage.name} does not declare.`);
    }
    return Object.entries(stage.inputs).flatMap(([slot, declared]): InputSpec[] => {
      const given = refs[slot];
      if (given === undefined)
        throw new DefinitionError(`Node ${id} leaves its input ${slot} unwired; give it under inputs.${slot}.`);
      if ('many' in declared) {
        if (!Array.isArray(given))
          throw new DefinitionError(`Input ${slot} of node ${id} takes a list of outputs, not one; put it in [ ].`);
        return given.map((ref: LooseRef, index) => this.#input(id, slot, index, declared.many, ref));
      }
      if (Array.isArray(given))
        throw new DefinitionError(`Input ${slot} of node ${id} takes one output, not a list; declare it as many(...).`);
      return [this.#input(id, slot, null, declared, given as LooseRef)];
    });
  }

  #input(id: string, slot: string, index: number | null, codec: AnyCodec, ref: LooseRef): InputSpec {
    const at = index === null ? slot : `${slot}.${index}`;
    if (!isObject(ref) || !('file' in ref || 'node' in ref || 'recorded' in ref))
      throw new DefinitionError(`Input ${at} of node ${id} is wired to something that is not an output of a node.`);
    const kind = 'file' in ref ? 'file' : ref.kind;
    if (kind !== codec.kind)
      throw new DefinitionError(`Input ${at} of node ${id} takes ${codec.kind}, but is wired to ${kind}.`);
    if ('file' in ref) {
      const { file, remote } = ref;
      const from = remote === undefined ? { file: resolve(this.#wiring.workingDirectory, file) } : { file, remote };
      return { slot, index, from };
    }
    const from = 'recorded' in ref ? { recorded: ref.recorded, kind } : { node: ref.node, output: ref.output };
    return { slot, index, from };
  }
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

function instanceSuffix(name: string, key: InstanceKey = {}): string {
  const parts = Object.entries(key).map(([k, v]) => {
    const part = `${k}=${v}`;
    if (!INSTANCE_PART.test(part))
      throw new DefinitionError(
        `The instance key ${part} of node ${name} is malformed; use letters, digits and . _ + - only.`,
      );
    return part;
  });
  return parts.length === 0 ? '' : `@${parts.join(',')}`;
}
