/** A run as it is drawn: its nodes as the record has them, wired as they were, each with what became of it. */
import { type Edge, graphOfRun } from '../audit/view/run-graph.ts';
import { viewRun } from '../audit/view/run-view.ts';
import { stageNamesOf } from '../audit/view/stage-names.ts';
import type { Readers } from '../store/query/readers.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { Drawable, DrawnNode, NodeStatus } from './picture.ts';

export interface DrawnRun {
  readonly drawable: Drawable;
  readonly statuses: ReadonlyMap<string, NodeStatus>;
}

/** A node that failed or was skipped has no state, so the record does not say what it took: no arrow leads to it. */
export function drawnRun(query: Readers, run: RunRecord): DrawnRun {
  const view = viewRun(query, run);
  const wires = graphOfRun(query, view);
  const visits = [...view.nodes.values()];
  const stages = stageNamesOf(query, visits);
  const places = new Map(visits.map(({ node }, index) => [node, index]));
  const nodes = visits.map(({ node }): DrawnNode => ({
    id: node,
    stage: stages.get(node)!,
    observation: false,
    inputs: (wires.get(node) ?? []).map(({ slot, from }) => ({ slot, from: sourceOf(from, places) })),
  }));
  const results = view.results.flatMap(({ name, node, output }) => {
    const place = places.get(node);
    return place === undefined ? [] : [{ name, node: place, output }];
  });
  return {
    drawable: { pipeline: `${run.pipeline}, run ${run.id}`, nodes, results },
    statuses: new Map(visits.map(({ node, outcome }) => [node, outcome])),
  };
}

function sourceOf(from: Edge['from'], places: ReadonlyMap<string, number>): DrawnNode['inputs'][number]['from'] {
  switch (from.kind) {
    case 'node':
      return { node: places.get(from.node)!, output: from.output };
    case 'state':
      return { recorded: `${from.state.slice(0, 8)}.${from.output}` };
    case 'file':
      return { file: from.path };
  }
}
