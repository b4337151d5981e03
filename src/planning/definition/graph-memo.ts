/**
 * A graph as bytes, in two parts: the definition of each node, as texts that are compared from run to run (and stored
 * once for all memos that refer to them), and the rest.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import type { Graph, GraphInput, GraphNode } from '../../core/graph/graph.ts';
import type { DependencyList } from '../../identity/dependency-list.ts';
import type { EnvironmentReads } from '../../identity/environment/environment-reads.ts';
import type { Cache } from '../../store/cache.ts';
import { pack, unpack } from './packed.ts';

/** Everything that a memoised graph depends on. */
export interface GraphBasis {
  readonly files: DependencyList | undefined;
  /** Environment variables that the pipeline's own code read. */
  readonly env: EnvironmentReads;
}

interface Header extends Omit<Graph, 'nodes'>, GraphBasis {
  /** Key of the memo with the nodes' texts. */
  readonly texts: Digest;
  readonly stages: readonly Omit<GraphNode, 'id' | 'seedKey' | 'params' | 'inputs' | Handling>[];
  readonly handlings: readonly Pick<GraphNode, Handling>[];
}

/** The members that control how nodes are handled, and enter no key. */
type Handling = 'tags' | 'policy' | 'formerName';

/** An input in a text: from a node, by the node's name, or from outside of the graph. */
type InputText =
  | readonly [slot: string, index: number | null, node: string, output: string]
  | readonly [slot: string, index: number | null, outside: GraphInput['from']];

/**
 * For each node, the things that its key depends on besides its stage and the content of its inputs: parameters, wiring
 * by name, the seed key and a seed of its own, so that a node added elsewhere changes nothing. Without line breaks.
 */
export function nodeTexts({ nodes }: Graph): readonly string[] {
  return nodes.map(({ params, inputs, seedKey, seed }) => {
    const wiring: InputText[] = [];
    for (const { slot, index, from } of inputs)
      wiring.push('node' in from ? [slot, index, nodes[from.node]!.id, from.output] : [slot, index, from]);
    if (seed !== undefined) return JSON.stringify([params, wiring, seedKey ?? null, seed]);
    return JSON.stringify(seedKey === undefined ? [params, wiring] : [params, wiring, seedKey]);
  });
}

const TEXTS_MEMO = 'node-texts';

/** Stores the texts, unless they exist; returns their key. */
function keepTexts(cache: Cache, texts: readonly string[]): Digest {
  const bytes = Buffer.from(texts.join('\n'));
  const key = sha256(bytes);
  if (cache.memos.madeAt(key) === undefined) cache.memos.set(key, TEXTS_MEMO, bytes);
  return key;
}

export function textsOf(cache: Cache, key: Digest): readonly string[] | undefined {
  return cache.memos.get(key)?.toString().split('\n');
}

export interface KeptGraph extends GraphBasis {
  readonly graph: Graph;
  readonly texts: readonly string[];
  /** Key of the memo that holds the texts. */
  readonly textsKey: Digest;
}

/** Stores the graph under this key. */
export function keepGraph(
  cache: Cache,
  key: Digest,
  graph: Graph,
  texts: readonly string[],
  basis: GraphBasis,
): Digest {
  const stages = new Interned<Header['stages'][number]>();
  const handlings = new Interned<Header['handlings'][number]>();
  const stageOf = new Uint32Array(graph.nodes.length);
  const handlingOf = new Uint32Array(graph.nodes.length);
  for (let index = 0; index < graph.nodes.length; index++) {
    const node = graph.nodes[index]!;
    const { tags, policy, formerName } = node;
    const before = index === 0 ? undefined : graph.nodes[index - 1];
    stageOf[index] =
      before?.stage === node.stage ? stageOf[index - 1]! : stages.indexOf(node.stage, () => stageFacts(node));
    // Nodes that are wired in a loop share them.
    handlingOf[index] =
      before !== undefined && before.tags === tags && before.policy === policy && before.formerName === formerName
        ? handlingOf[index - 1]!
        : handlings.indexOf(JSON.stringify([tags, policy, formerName]), () => handlingOfNode(node));
  }
  const { pipeline, params, results, nodes } = graph;
  const textsKey = keepTexts(cache, texts);
  const tables = { stages: stages.values, handlings: handlings.values };
  const header: Header = { pipeline, params, results, ...basis, texts: textsKey, ...tables };
  const ids = nodes.map(({ id }) => id);
  cache.memos.set(key, 'graph', pack(header, ids, [stageOf, handlingOf]));
  return textsKey;
}

function handlingOfNode({ tags, policy, formerName }: GraphNode): Header['handlings'][number] {
  return formerName === undefined ? { tags, policy } : { tags, policy, formerName };
}

function stageFacts(node: GraphNode): Header['stages'][number] {
  const { stage, observation, random, compute, together, env, reads, effects, outputs, formerStage, secrets } = node;
  const secret = secrets === undefined ? {} : { secrets };
  const joint = together === undefined ? {} : { together };
  const facts = { stage, observation, random, compute, ...joint, env, ...secret, reads, effects, outputs };
  return formerStage === undefined ? facts : { ...facts, formerStage };
}

/** The graph that was last stored under this key; undefined if there is none. */
export function keptGraph(cache: Cache, key: Digest): KeptGraph | undefined {
  const stored = cache.memos.get(key);
  if (stored === undefined) return undefined;
  const { header, names, takeUint32 } = unpack<Header>(stored);
  const texts = textsOf(cache, header.texts);
  if (texts === undefined) return undefined;
  const [stageOf, handlingOf] = [takeUint32(), takeUint32()];
  const position = new Map(names.map((id, index) => [id, index]));
  const nodes = names.map((id, index): GraphNode => {
    const [params, wiring, seedKey] = JSON.parse(texts[index]!) as [CanonicalValue, readonly InputText[], string?];
    const inputs = wiring.map(([slot, at, from, output]): GraphInput => ({
      slot,
      index: at,
      from: typeof from === 'string' ? { node: position.get(from)!, output: output! } : from,
    }));
    const seeded = seedKey === undefined ? {} : { seedKey };
    const stage = header.stages[stageOf[index]!]!;
    return { id, ...stage, ...seeded, params, inputs, ...header.handlings[handlingOf[index]!]! };
  });
  const { pipeline, params, results, files, env } = header;
  return { graph: { pipeline, params, nodes, results }, texts, textsKey: header.texts, files, env };
}

/** Stores repeated values once. */
class Interned<T> {
  readonly values: T[] = [];
  readonly #indices = new Map<string, number>();

  indexOf(name: string, value: () => T): number {
    let index = this.#indices.get(name);
    if (index === undefined) {
      index = this.values.push(value()) - 1;
      this.#indices.set(name, index);
    }
    return index;
  }
}
