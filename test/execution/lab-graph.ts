/** Graphs of a lab, in a few words a node. */
import type { NodePolicy } from '../../src/core/authoring/policy.ts';
import type { Graph, GraphNode } from '../../src/core/graph/graph.ts';

/** A node of a lab's graph. Nodes of one stage with the same parameter and inputs have the same key. */
export interface Wiring {
  readonly stage?: string;
  readonly param?: number;
  /** Names of the nodes whose output `x` it takes. */
  readonly takes?: readonly string[];
  readonly policy?: NodePolicy;
  /** It computes, and its stage has `runTogether`. */
  readonly together?: true;
}

export type Wirings = Readonly<Record<string, Wiring>>;

export function graphOf(wirings: Wirings): Graph {
  const names = Object.keys(wirings);
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const nodes = names.map((id): GraphNode => {
    const { stage = `lab/${id}`, param = 0, takes = [], policy = {}, together } = wirings[id]!;
    return {
      id,
      stage,
      observation: false,
      random: false,
      compute: together === true,
      ...(together && { together }),
      env: [],
      reads: [],
      effects: [],
      params: { value: param },
      inputs: takes.map((name, index) => ({
        slot: 'inputs',
        index,
        from: { node: indexOf.get(name)!, output: 'x' },
      })),
      outputs: [{ name: 'x', kind: 'json' }],
      tags: [],
      policy,
    };
  });
  return { pipeline: 'lab', params: {}, nodes, results: [] };
}
