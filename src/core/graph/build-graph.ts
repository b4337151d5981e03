/** From wired nodes to a checked graph: names are unique, every input has a producer, and there is no cycle. */
import { CycleError, DefinitionError } from '../../errors.ts';
import type { CanonicalValue } from '../identity/canonical.ts';
import { didYouMean } from '../diagnostics/did-you-mean.ts';
import type { FileRef } from '../authoring/file-ref.ts';
import type { RecordedRef } from '../authoring/state-output.ts';
import { type Graph, type GraphInput, type GraphNode, inputName } from './graph.ts';
import { consumersOf } from './consumers.ts';
import type { NodePolicy } from '../authoring/policy.ts';
import type { AnyStage } from '../authoring/stage.ts';

/** A node as wired: inputs by the names of the nodes that they come from. */
export interface NodeSpec {
  readonly id: string;
  readonly stage: AnyStage;
  readonly seedKey?: string;
  /** What it was called, without its key. */
  readonly formerName?: string;
  readonly params: CanonicalValue;
  readonly inputs: readonly InputSpec[];
  readonly tags: readonly string[];
  readonly policy: NodePolicy;
}

export interface InputSpec {
  readonly slot: string;
  /** Position in a slot that takes many, else null. */
  readonly index: number | null;
  readonly from: { readonly node: string; readonly output: string } | FileRef | RecordedRef;
}

export interface PipelineSpec {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  readonly nodes: readonly NodeSpec[];
  readonly results: readonly { readonly name: string; readonly node: string; readonly output: string }[];
}

/** Checks the wiring and sorts it. @throws DefinitionError for a duplicate or dangling name, CycleError */
export function buildGraph(spec: PipelineSpec): Graph {
  const { pipeline, nodes } = spec;
  const byId = new Map<string, number>();
  for (let index = 0; index < nodes.length; index++) {
    const { id } = nodes[index]!;
    if (byId.has(id))
      throw new DefinitionError(
        `Pipeline ${pipeline} has two nodes named ${id}; give one of them another name with "as", or a "key".`,
      );
    byId.set(id, index);
  }
  if (byId.size === 0) throw new DefinitionError(`Pipeline ${pipeline} has no nodes; add a stage with p.add().`);
  const wiring = new Wiring(nodes, byId);
  const order = sort(spec, wiring);
  const position = new Uint32Array(nodes.length);
  for (const [at, index] of order.entries()) position[index] = at;
  const outputsOf = outputLists();
  return {
    pipeline,
    params: spec.params,
    nodes: order.map((index) => graphNode(nodes[index]!, wiring.producers[index]!, position, outputsOf)),
    results: spec.results.map(({ name, node, output }) => {
      const source = wiring.source(() => `Result ${name} of pipeline ${pipeline}`, node, output);
      return { name, node: position[source]!, output };
    }),
  };
}

/** A node's producers, one for each input, by the numbering of wiring; -1 for what comes from outside of the graph. */
type Producers = readonly number[];

const OUTSIDE = -1;

class Wiring {
  readonly producers: readonly Producers[];
  readonly #nodes: readonly NodeSpec[];
  readonly #byId: ReadonlyMap<string, number>;

  /** @throws DefinitionError for an input that is not wired to an output to depend on */
  constructor(nodes: readonly NodeSpec[], byId: ReadonlyMap<string, number>) {
    this.#nodes = nodes;
    this.#byId = byId;
    this.producers = nodes.map((node) => node.inputs.map((input) => this.#producer(node, input)));
  }

  #producer(node: NodeSpec, input: InputSpec): number {
    const { from } = input;
    if (!('node' in from)) return OUTSIDE;
    const index = this.source(() => `Input ${inputName(input)} of node ${node.id}`, from.node, from.output);
    if (this.#nodes[index]!.stage.observation)
      throw new DefinitionError(
        `Input ${inputName(input)} of node ${node.id} is wired to the observation ${from.node}; nothing may depend on an observation, so make it a stage().`,
      );
    return index;
  }

  /** The node with this output. @throws DefinitionError */
  source(who: () => string, node: string, output: string): number {
    const index = this.#byId.get(node);
    if (index === undefined)
      throw new DefinitionError(
        `${who()} is wired to node ${node}, which is not in the pipeline${didYouMean(node, this.#byId.keys())}.`,
      );
    const { stage } = this.#nodes[index]!;
    if (!Object.hasOwn(stage.outputs, output))
      throw new DefinitionError(
        `${who()} is wired to output ${output} of node ${node}, which its stage ${stage.name} does not have${didYouMean(output, Object.keys(stage.outputs))}.`,
      );
    return index;
  }
}

/**
 * The nodes in topological order: breadth first, from the nodes without producers, in the order of wiring (Kahn, CACM
 * 5, 1962).
 */
function sort({ pipeline, nodes }: PipelineSpec, { producers }: Wiring): readonly number[] {
  const consumers = consumersOf(nodes.length, (node) => producers[node]!);
  const missing = new Uint32Array(nodes.length);
  for (const consumer of consumers.list) missing[consumer]! += 1;
  const order: number[] = [];
  for (const [node, count] of missing.entries()) if (count === 0) order.push(node);
  for (let at = 0; at < order.length; at++) {
    const end = consumers.start[order[at]! + 1]!;
    for (let next = consumers.start[order[at]!]!; next < end; next++) {
      const consumer = consumers.list[next]!;
      missing[consumer]! -= 1;
      if (missing[consumer] === 0) order.push(consumer);
    }
  }
  if (order.length < nodes.length) throw new CycleError(pipeline, findCycle(nodes, producers));
  return order;
}

function graphNode(
  { id, stage, seedKey, formerName, params, inputs, tags, policy }: NodeSpec,
  producers: Producers,
  position: Uint32Array,
  outputsOf: (stage: AnyStage) => GraphNode['outputs'],
): GraphNode {
  const { name, observation, random, compute, env, reads, effects } = stage;
  const wired: GraphInput[] = [];
  for (let at = 0; at < inputs.length; at++) {
    const { slot, index, from } = inputs[at]!;
    const source = 'node' in from ? { node: position[producers[at]!]!, output: from.output } : from;
    wired.push({ slot, index, from: source });
  }
  const node = {
    id,
    stage: name,
    observation,
    random,
    compute,
    ...(stage.runTogether !== undefined && { together: true as const }),
    env,
    reads,
    effects,
    params,
    inputs: wired,
    outputs: outputsOf(stage),
    tags,
    policy,
  };
  const declared =
    stage.secrets === undefined || stage.secrets.length === 0 ? node : { ...node, secrets: stage.secrets };
  const seeded = seedKey === undefined ? declared : { ...declared, seedKey };
  if (stage.renamedFrom === undefined && formerName === undefined) return seeded;
  return {
    ...seeded,
    ...(stage.renamedFrom === undefined ? {} : { formerStage: stage.renamedFrom }),
    ...(formerName === undefined ? {} : { formerName }),
  };
}

/** The outputs of stages; all nodes of one stage share the list. */
function outputLists(): (stage: AnyStage) => GraphNode['outputs'] {
  const lists = new Map<AnyStage, GraphNode['outputs']>();
  return (stage) => {
    let list = lists.get(stage);
    if (list === undefined) {
      list = Object.entries(stage.outputs).map(([name, codec]) => ({ name, kind: codec.kind }));
      lists.set(stage, list);
    }
    return list;
  };
}

/** One cycle as a list of nodes, first and last the same. Depth-first, without recursion: pipelines can be long. */
function findCycle(nodes: readonly NodeSpec[], producers: readonly Producers[]): readonly string[] {
  const done = new Set<number>();
  for (const start of nodes.keys()) {
    const path: { readonly node: number; readonly next: Iterator<number> }[] = [];
    const on = new Set<number>();
    const enter = (node: number): void => {
      path.push({ node, next: producers[node]!.filter((source) => source !== OUTSIDE)[Symbol.iterator]() });
      on.add(node);
    };
    if (!done.has(start)) enter(start);
    while (path.length > 0) {
      const { node, next } = path.at(-1)!;
      const step = next.next();
      if (step.done === true) {
        path.pop();
        on.delete(node);
        done.add(node);
      } else if (on.has(step.value)) {
        const cycle = path.map((entry) => entry.node).slice(path.findIndex((entry) => entry.node === step.value));
        // The walk went from consumer to producer; show it in the direction of the data.
        return [step.value, ...cycle.slice(1).reverse(), step.value].map((index) => nodes[index]!.id);
      } else if (!done.has(step.value)) {
        enter(step.value);
      }
    }
  }
  throw new Error('internal error: the sort found a cycle and the search did not');
}
