/**
 * Where things are in a report: every number links to the node that made it, and every input of a node to the node that
 * it came from. An anchor is a place in the report, and never a name.
 */
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import type { ReportStage } from '../../audit/report/stages.ts';
import { type Html, markup } from './html.ts';

/** Parts of the page that a sum or a count links to: what it is the sum of is there, one by one. */
export const PARTS = {
  lineage: 'lineage',
  stages: 'stages',
  cost: 'cost',
  costOfStages: 'cost-stages',
  chain: 'chain',
  timeline: 'timeline',
  verdicts: 'verdicts',
  branches: 'branches',
  conditions: 'conditions',
} as const;

export type Part = (typeof PARTS)[keyof typeof PARTS];

/** A number that a part of the page tells one by one, with a link to it. */
export function partLink(part: Part, text: Html | string): Html {
  return markup`<a class="made" href="#${part}">${text}</a>`;
}

export class Anchors {
  readonly #nodes: ReadonlyMap<string, number>;
  readonly #states: ReadonlyMap<string, string>;
  /** Nodes whose making is told as a list of steps. */
  readonly #told = new Set<number>();
  readonly #names: ReadonlyMap<string, string>;
  readonly #stages: readonly ReportStage[];
  /** The stage of each node, both by their places. */
  readonly #stageOf: ReadonlyMap<number, number>;

  constructor({ nodes, elsewhere, stages }: Pick<RunReportFacts, 'nodes' | 'elsewhere' | 'stages'>) {
    this.#stages = stages;
    this.#stageOf = new Map(stages.flatMap((stage, place) => stage.nodes.map((node) => [node, place] as const)));
    this.#nodes = new Map(nodes.map(({ node }, index) => [node, index]));
    const states = [
      ...elsewhere.map((each, index) => [each, `s${index}`] as const),
      ...nodes.map((each, index) => [each, `n${index}`] as const),
    ].flatMap(([each, id]) => (each.made === null ? [] : [[each.made.state as string, id, each.node] as const]));
    this.#states = new Map(states.map(([state, id]) => [state, id]));
    this.#names = new Map(states.map(([state, , name]) => [state, name]));
  }

  /** Of a node of the run; undefined if it has none of this name. */
  node(node: string): string | undefined {
    const place = this.#nodes.get(node);
    return place === undefined ? undefined : `n${place}`;
  }

  /** Of the node that has this state, in this run or another. */
  state(state: string): string | undefined {
    return this.#states.get(state);
  }

  /** From now on, links to how something of this node was made lead to the list of its steps. */
  tell(place: number): void {
    this.#told.add(place);
  }

  /** Something with a link to how its node was made. */
  made(node: string, text: Html | string): Html {
    const place = this.#nodes.get(node);
    if (place === undefined) return markup`${text}`;
    return markup`<a class="made" href="#${this.#told.has(place) ? 'how' : 'n'}${place}" title="how this was made: ${node}">${text}</a>`;
  }

  /** The same of a state, in this run or another. */
  madeState(state: string | undefined, text: string): Html {
    const id = state === undefined ? undefined : this.state(state);
    return id === undefined ? markup`${text}` : markup`<a class="made" href="#${id}">${text}</a>`;
  }

  /** The name of a stage, with a link to its nodes. */
  stage(stage: string): Html {
    const place = this.#stages.findIndex((each) => each.stage === stage);
    return place < 0 ? markup`${stage}` : markup`<a href="#g${place}">${stage}</a>`;
  }

  /** Nodes of the run by their stages, each with a link to it: `fit ×20, score`. A single node by its own name. */
  grouped(nodes: readonly string[]): Html {
    if (nodes.length === 1) return this.named(nodes[0]!);
    const counts = new Map<number, number>();
    for (const node of nodes) {
      const stage = this.#stageOf.get(this.#nodes.get(node) ?? -1);
      if (stage !== undefined) counts.set(stage, (counts.get(stage) ?? 0) + 1);
    }
    return markup`${[...counts].map(([stage, count], n) => markup`${n > 0 ? ', ' : ''}<a href="#g${stage}">${this.#stages[stage]!.name} ×${count}</a>`)}`;
  }

  /** The name of a node of the run, with a link to it. */
  named(node: string): Html {
    const id = this.node(node);
    return id === undefined ? markup`${node}` : markup`<a href="#${id}">${node}</a>`;
  }

  /** The name of the node that has a state, with a link to it. */
  namedState(state: string, name: string | undefined = this.#names.get(state)): Html {
    const id = this.state(state);
    return id === undefined ? markup`${name ?? state.slice(0, 12)}` : markup`<a href="#${id}">${name}</a>`;
  }
}
