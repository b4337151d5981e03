/**
 * Stages without the engine: one at a time with hand-made inputs, or a whole pipeline in order, in this process.
 * Outputs go through their codecs, so that a value that cannot be stored fails here too.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyPipeline, ComputeBackend } from 'restage';
import type { AnyCodec } from '../../src/core/artifact/codec.ts';
import { type Digest, sha256 } from '../../src/core/identity/digest.ts';
import type { GraphNode } from '../../src/core/graph/graph.ts';
import { instantiate } from '../../src/core/graph/instantiate.ts';
import { overrideLayers, parseOverride } from '../../src/core/params/override.ts';
import { nodeSeed, streamsOf } from '../../src/core/identity/random.ts';
import type { AnyStage } from '../../src/core/authoring/stage.ts';
import { DefinitionError, ParamError } from '../../src/errors.ts';
import { openBackend } from '../../src/ml/backends/backends.ts';

/** The results of a node. */
export interface NodeResult {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Of each output's bytes. */
  readonly digests: Readonly<Record<string, Digest>>;
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly step: number | undefined }[];
  readonly log: readonly string[];
  readonly milliseconds: number;
}

export interface RunStageOptions {
  readonly params?: unknown;
  /** Values, or a list of values for a slot that takes many. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  readonly instance?: string;
  /** Default: portable. */
  readonly backend?: ComputeBackend;
  /** Default: never aborted. */
  readonly signal?: AbortSignal;
}

let opened: Promise<ComputeBackend> | undefined;

/** Runs one stage; params are parsed by its schema. */
export async function runStage(stage: AnyStage, options: RunStageOptions): Promise<NodeResult> {
  const { context, told } = await contextOf(stage, options);
  const start = performance.now();
  const values = (await stage.run(context as never)) as Readonly<Record<string, unknown>>;
  return { ...stored(stage, values), ...told, milliseconds: performance.now() - start };
}

/** Runs several nodes of one stage by its `runTogether`; each is settled by itself. */
export async function runTogether(
  stage: AnyStage,
  nodes: readonly RunStageOptions[],
): Promise<readonly PromiseSettledResult<NodeResult>[]> {
  const made = await Promise.all(nodes.map((options) => contextOf(stage, options)));
  const start = performance.now();
  const promises = stage.runTogether!(made.map(({ context }) => context) as never) as readonly Promise<
    Readonly<Record<string, unknown>>
  >[];
  return Promise.allSettled(
    promises.map(async (promise, n) => {
      const values = await promise;
      return { ...stored(stage, values), ...made[n]!.told, milliseconds: performance.now() - start };
    }),
  );
}

async function contextOf(stage: AnyStage, options: RunStageOptions) {
  const { params = {}, inputs = {}, seed = 1, instance = stage.name, backend, signal } = options;
  const metrics: { name: string; value: number; step: number | undefined }[] = [];
  const log: string[] = [];
  const input = (value: unknown): unknown => ({ digest: sha256(''), read: () => Promise.resolve(value) });
  const context = {
    params: stage.params.parse(params),
    inputs: Object.fromEntries(
      Object.entries(stage.inputs).map(([slot, codec]) => [
        slot,
        'many' in codec ? (inputs[slot] as unknown[]).map(input) : input(inputs[slot]),
      ]),
    ),
    rng: streamsOf(nodeSeed(seed, stage.name, instance)),
    log: (message: string) => log.push(message),
    metric: (name: string, value: number, step?: number) => metrics.push({ name, value, step }),
    progress: () => undefined,
    trace: () => undefined,
    checkpoint: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
    signal: signal ?? new AbortController().signal,
    backend: stage.compute ? (backend ?? (await (opened ??= openBackend('portable')))) : undefined,
    env: {},
  };
  return { context, told: { metrics, log } };
}

/** Outputs as others read them. */
function stored(stage: AnyStage, values: Readonly<Record<string, unknown>>): Pick<NodeResult, 'outputs' | 'digests'> {
  const encoded = Object.entries<AnyCodec>(stage.outputs).map(([name, codec]) => {
    const bytes = Buffer.concat(codec.encode(values[name] as never, name));
    return { name, digest: sha256(bytes), value: codec.decode(bytes, name) };
  });
  return {
    outputs: Object.fromEntries(encoded.map(({ name, value }) => [name, value])),
    digests: Object.fromEntries(encoded.map(({ name, digest }) => [name, digest])),
  };
}

/** Runs a whole pipeline with `path=value` overrides; the results by node. */
export async function runPipeline(
  pipeline: AnyPipeline,
  overrides: readonly string[],
  seed = 1,
): Promise<ReadonlyMap<string, NodeResult>> {
  const { graph, stages } = instance(pipeline, overrides);
  const results = new Map<string, NodeResult>();
  for (const node of graph.nodes) {
    const stage = stages.get(node.stage)!;
    const inputs = inputValues(node, (from) => results.get(graph.nodes[from]!.id)!);
    results.set(node.id, await runStage(stage, { params: node.params, inputs, seed, instance: node.id }));
  }
  return results;
}

/** Runs one node again, on what the nodes before it gave in a run of the same pipeline. */
export function runAgain(
  pipeline: AnyPipeline,
  overrides: readonly string[],
  nodeId: string,
  results: ReadonlyMap<string, NodeResult>,
  seed = 1,
): Promise<NodeResult> {
  const { graph, stages } = instance(pipeline, overrides);
  const node = graph.nodes.find(({ id }) => id === nodeId)!;
  const inputs = inputValues(node, (from) => results.get(graph.nodes[from]!.id)!);
  return runStage(stages.get(node.stage)!, { params: node.params, inputs, seed, instance: node.id });
}

/** What a node of a pipeline takes: its parameters, and its inputs from the nodes before it, which are run. */
export async function inputsOf(
  pipeline: AnyPipeline,
  overrides: readonly string[],
  nodeId: string,
  seed = 1,
): Promise<{ readonly params: unknown; readonly inputs: Readonly<Record<string, unknown>> }> {
  const { graph, stages } = instance(pipeline, overrides);
  const known = new Map<GraphNode, Promise<NodeResult>>();
  const given = async (node: GraphNode): Promise<Record<string, unknown>> => {
    const before = graph.nodes.filter((_, n) => node.inputs.some(({ from }) => 'node' in from && from.node === n));
    const results = new Map(await Promise.all(before.map(async (each) => [each.id, await resultOf(each)] as const)));
    return inputValues(node, (from) => results.get(graph.nodes[from]!.id)!);
  };
  const resultOf = (node: GraphNode): Promise<NodeResult> => {
    const result =
      known.get(node) ??
      given(node).then((inputs) =>
        runStage(stages.get(node.stage)!, { params: node.params, inputs, seed, instance: node.id }),
      );
    known.set(node, result);
    return result;
  };
  const node = graph.nodes.find(({ id }) => id === nodeId)!;
  return { params: node.params, inputs: await given(node) };
}

/** The pipeline's graph with these overrides. */
export function instance(pipeline: AnyPipeline, overrides: readonly string[]): ReturnType<typeof instantiate> {
  const here = dirname(fileURLToPath(import.meta.url));
  return instantiate(pipeline, overrideLayers(overrides.map(parseOverride)), {
    directory: here,
    workingDirectory: here,
  });
}

/** The refusal of these overrides in its own words; `none` if they are taken. */
export function refusalOf(pipeline: AnyPipeline, overrides: readonly string[]): string {
  try {
    instance(pipeline, overrides);
  } catch (error) {
    if (error instanceof ParamError || error instanceof DefinitionError) return error.message;
    throw error;
  }
  return 'none';
}

function inputValues(node: GraphNode, resultOf: (node: number) => NodeResult): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  for (const { slot, index, from } of node.inputs) {
    if ('recorded' in from) throw new Error('the pipelines here take nothing that is on record');
    const value =
      'file' in from ? { path: from.file, bytes: 0, digest: sha256('') } : resultOf(from.node).outputs[from.output];
    if (index === null) inputs[slot] = value;
    else {
      inputs[slot] ??= [];
      (inputs[slot] as unknown[])[index] = value;
    }
  }
  return inputs;
}
