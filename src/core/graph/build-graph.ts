/** From wired nodes to a checked graph: names are unique, every input has a producer, and there is no cycle. */
import { CycleError, DefinitionError } from '../../errors.ts';
import type { CanonicalValue } from '../identity/canonical.ts';
import { didYouMean } from '../diagnostics/did-you-mean.ts';
import type { FileRef } from '../authoring/file-ref.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { NodePolicy } from '../authoring/policy.ts';
import type { AnyStage } from '../authoring/stage.ts';

/** A node as wired: inputs by the names of the nodes that they come from. */
export interface NodeSpec {
  readonly id: string;
  readonly stage: AnyStage;
  readonly params: CanonicalValue;
  readonly inputs: readonly InputSpec[];
  readonly tags: readonly string[];
  readonly policy: NodePolicy;
}

export interface InputSpec {
  readonly slot: string;
  /** Position in a slot that takes many, else null. */
  readonly index: number | null;
  readonly from: { readonly node: string; readonly output: string } | FileRef;
}

export interface PipelineSpec {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  readonly nodes: readonly NodeSpec[];
  readonly results: readonly { readonly name: string; readonly node: string; readonly output: string }[];
}

/** Checks the wiring and sorts it. @throws DefinitionError for a duplicate or dangling name, CycleError */
export function buildGraph(spec: PipelineSpec): Graph {
  const byId = new Map<string, NodeSpec>();
  for (const node of spec.nodes) {
    if (byId.has(node.id))
      throw new DefinitionError(
        `Pipeline ${spec.pipeline} has two nodes named ${node.id}; give one of them another name with "as", or a "key".`,
      );
    byId.set(node.id, node);
  }
  if (byId.size === 0) throw new DefinitionError(`Pipeline ${spec.pipeline} has no nodes; add a stage with p.add().`);
  const order = sort(spec, byId);
  const position = new Map(order.map((id, index) => [id, index]));
  const outputsOf = outputLists();
  return {
    pipeline: spec.pipeline,
    params: spec.params,
    nodes: order.map((id) => graphNode(byId.get(id)!, position, outputsOf)),
    results: spec.results.map(({ name, node, output }) => {
      checkOutput(() => `Result ${name} of pipeline ${spec.pipeline}`, byId, node, output);
      return { name, node: position.get(node)!, output };
    }),
  };
}

/**
 * The nodes in topological order: breadth first, from the nodes without producers, in the order of wiring (Kahn, CACM 5,
 * 1962).
 */
function sort(spec: PipelineSpec, byId: ReadonlyMap<string, NodeSpec>): readonly string[] {
  const consumers = new Map<string, NodeSpec[]>();
  const missing = new Map<string, number>();
  const order: string[] = [];
  for (const node of byId.values()) {
    const producers = producersOf(node, byId);
    for (const producer of producers) {
      const list = consumers.get(producer);
      if (list === undefined) consumers.set(producer, [node]);
      else list.push(node);
    }
    if (producers.size === 0) order.push(node.id);
    else missing.set(node.id, producers.size);
  }
  for (let at = 0; at < order.length; at++) {
    for (const { id } of consumers.get(order[at]!) ?? []) {
      const left = missing.get(id)! - 1;
      missing.set(id, left);
      if (left === 0) order.push(id);
    }
  }
  if (order.length < byId.size) throw new CycleError(spec.pipeline, findCycle(byId));
  return order;
}

const NO_PRODUCERS: ReadonlySet<string> = new Set();

/** The nodes that a node takes inputs from. @throws DefinitionError for an input that is not an output to depend on */
function producersOf(node: NodeSpec, byId: ReadonlyMap<string, NodeSpec>): ReadonlySet<string> {
  let producers: Set<string> | undefined;
  for (const input of node.inputs) {
    const { from } = input;
    if ('file' in from) continue;
    const source = checkOutput(() => `Input ${placeOf(input)} of node ${node.id}`, byId, from.node, from.output);
    if (source.stage.observation)
      throw new DefinitionError(
        `Input ${placeOf(input)} of node ${node.id} is wired to the observation ${from.node}; nothing may depend on an observation, so make it a stage().`,
      );
    (producers ??= new Set()).add(from.node);
  }
  return producers ?? NO_PRODUCERS;
}

function placeOf({ slot, index }: InputSpec): string {
  return index === null ? slot : `${slot}.${index}`;
}

function checkOutput(who: () => string, byId: ReadonlyMap<string, NodeSpec>, node: string, output: string): NodeSpec {
  const source = byId.get(node);
  if (source === undefined)
    throw new DefinitionError(
      `${who()} is wired to node ${node}, which is not in the pipeline${didYouMean(node, byId.keys())}.`,
    );
  if (!Object.hasOwn(source.stage.outputs, output))
    throw new DefinitionError(
      `${who()} is wired to output ${output} of node ${node}, which its stage ${source.stage.name} does not have${didYouMean(output, Object.keys(source.stage.outputs))}.`,
    );
  return source;
}

function graphNode(
  { id, stage, params, inputs, tags, policy }: NodeSpec,
  position: ReadonlyMap<string, number>,
  outputsOf: (stage: AnyStage) => GraphNode['outputs'],
): GraphNode {
  return {
    id,
    stage: stage.name,
    observation: stage.observation,
    random: stage.random,
    compute: stage.compute,
    env: stage.env,
    params,
    inputs: inputs.map(({ slot, index, from }) => ({
      slot,
      index,
      from: 'file' in from ? from : { node: position.get(from.node)!, output: from.output },
    })),
    outputs: outputsOf(stage),
    tags,
    policy,
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
function findCycle(byId: ReadonlyMap<string, NodeSpec>): readonly string[] {
  const done = new Set<string>();
  for (const start of byId.keys()) {
    const path: { readonly id: string; readonly next: Iterator<string> }[] = [];
    const on = new Set<string>();
    const enter = (id: string): void => {
      const sources = byId.get(id)!.inputs.flatMap(({ from }) => ('node' in from ? [from.node] : []));
      path.push({ id, next: sources[Symbol.iterator]() });
      on.add(id);
    };
    if (!done.has(start)) enter(start);
    while (path.length > 0) {
      const { id, next } = path.at(-1)!;
      const step = next.next();
      if (step.done === true) {
        path.pop();
        on.delete(id);
        done.add(id);
      } else if (on.has(step.value)) {
        const cycle = path.map((entry) => entry.id).slice(path.findIndex((entry) => entry.id === step.value));
        // The walk went from consumer to producer; show it in the direction of the data.
        return [step.value, ...cycle.slice(1).reverse(), step.value];
      } else if (!done.has(step.value)) {
        enter(step.value);
      }
    }
  }
  throw new Error('internal error: the sort found a cycle and the search did not');
}
