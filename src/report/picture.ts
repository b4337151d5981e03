/**
 * What a picture of a pipeline shows, before any notation: boxes and arrows. The instances of a stage share one box
 * (`train-fold ×10`) unless every node is asked for: a picture of a thousand boxes helps nobody.
 */
import { basename } from 'node:path';
import type { Graph, GraphNode } from '../core/graph/graph.ts';
import type { PlannedStatus } from '../planning/plan/plan-report.ts';

export interface Picture {
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

export interface Box {
  readonly id: string;
  readonly kind: 'stage' | 'observation' | 'file' | 'result';
  readonly label: string;
  /** A second, smaller line. */
  readonly detail: string;
  /** The status of all its nodes; `mixed` where they differ, null where it is not known. */
  readonly status: PlannedStatus | 'mixed' | null;
}

/** All connections from one box to another are one arrow. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
}

export function drawPicture(
  graph: Graph,
  options: { readonly full: boolean; readonly statuses?: ReadonlyMap<string, PlannedStatus> },
): Picture {
  const groups = groupNodes(graph, options.full);
  const groupOf = new Map(groups.flatMap((group) => group.members.map((index) => [index, group.id] as const)));
  const boxes: Box[] = groups.map((group) => nodeBox(graph, group, options.statuses));
  const arrows = new Map<string, Arrow>();
  const add = (from: string, to: string, label: string): void => {
    const key = `${from} ${to}`;
    const labels = arrows.get(key)?.labels ?? [];
    if (!labels.includes(label)) arrows.set(key, { from, to, labels: [...labels, label] });
  };
  const files = new Map<string, string>();
  for (const [index, node] of graph.nodes.entries()) {
    for (const { slot, from } of node.inputs) {
      if ('node' in from) add(groupOf.get(from.node)!, groupOf.get(index)!, from.output);
      else {
        const name = 'file' in from ? from.file : from.recorded;
        let id = files.get(name);
        if (id === undefined) {
          id = `f${files.size}`;
          files.set(name, id);
          const label = 'file' in from ? basename(name) : name;
          boxes.push({ id, kind: 'file', label, detail: '', status: null });
        }
        add(id, groupOf.get(index)!, slot);
      }
    }
  }
  for (const [index, { name, node, output }] of graph.results.entries()) {
    const id = `r${index}`;
    boxes.push({ id, kind: 'result', label: name, detail: '', status: null });
    add(groupOf.get(node)!, id, output);
  }
  return { title: graph.pipeline, boxes, arrows: [...arrows.values()] };
}

interface Group {
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  readonly members: readonly number[];
}

/** Instances of one name and stage, whichever sub-pipeline they are in, are one group. */
function groupNodes(graph: Graph, full: boolean): readonly Group[] {
  const groups = new Map<string, { readonly name: string; readonly stage: string; readonly members: number[] }>();
  for (const [index, node] of graph.nodes.entries()) {
    const name = full ? node.id : ownName(node);
    const key = JSON.stringify([name, node.stage]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { name, stage: node.stage, members: [index] });
    else group.members.push(index);
  }
  return [...groups.values()].map((group, index) => ({ id: `n${index}`, ...group }));
}

/** `train-fold` of `cv/train-fold@fold=3` */
function ownName({ id }: GraphNode): string {
  const [path] = id.split('@', 1);
  return path!.slice(path!.lastIndexOf('/') + 1);
}

function nodeBox(graph: Graph, group: Group, statuses: ReadonlyMap<string, PlannedStatus> | undefined): Box {
  const { id, name, stage, members } = group;
  const counts: Record<PlannedStatus, number> = { hit: 0, run: 0, pending: 0 };
  for (const index of members) {
    const status = statuses?.get(graph.nodes[index]!.id);
    if (status !== undefined) counts[status]++;
  }
  const present = (['hit', 'run', 'pending'] as const).filter((status) => counts[status] > 0);
  const told = present.length > 1 ? present.map((status) => `${counts[status]} ${status}`).join(', ') : '';
  const ownStage = stage.slice(stage.lastIndexOf('/') + 1) === ownName(graph.nodes[members[0]!]!) ? '' : stage;
  return {
    id,
    kind: graph.nodes[members[0]!]!.observation ? 'observation' : 'stage',
    label: members.length === 1 ? name : `${name} ×${members.length}`,
    detail: [ownStage, told].filter((text) => text !== '').join(' · '),
    status: present.length === 0 ? null : present.length === 1 ? present[0]! : 'mixed',
  };
}
