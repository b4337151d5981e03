/**
 * What a picture of a pipeline shows, before any notation: boxes and arrows. The instances of a stage share one box
 * (`train-fold ×10`) unless every node is asked for: a picture of a thousand boxes helps nobody.
 */
import { basename } from 'node:path';
import type { VisitOutcome } from '../events.ts';
import type { PlannedStatus } from '../planning/plan/plan-report.ts';

/** What a run would do about a node, or what became of it in one. */
export type NodeStatus = PlannedStatus | VisitOutcome;

/** What is drawn: a graph as it is defined, or the nodes of a run. */
export interface Drawable {
  readonly pipeline: string;
  readonly nodes: readonly DrawnNode[];
  readonly results: readonly { readonly name: string; readonly node: number; readonly output: string }[];
}

export interface DrawnNode {
  readonly id: string;
  readonly stage: string;
  readonly observation: boolean;
  readonly inputs: readonly {
    readonly slot: string;
    /** A node by its place in the list, an external file, or an output on record by its reference. */
    readonly from:
      { readonly node: number; readonly output: string } | { readonly file: string } | { readonly recorded: string };
  }[];
}

export interface Picture {
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** Where the arrows lead: down if it is not given. */
  readonly direction?: 'down' | 'right';
}

export interface Box {
  readonly id: string;
  readonly kind: 'stage' | 'observation' | 'file' | 'result';
  readonly label: string;
  /** A second, smaller line. */
  readonly detail: string;
  /** The status of all its nodes; `mixed` where they differ, null where it is not known. */
  readonly status: NodeStatus | 'mixed' | null;
}

/** All connections from one box to another are one arrow. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
}

export function drawPicture(
  graph: Drawable,
  options: { readonly full: boolean; readonly statuses?: ReadonlyMap<string, NodeStatus> },
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

const STATUSES: readonly NodeStatus[] = ['hit', 'cut-off', 'ran', 'run', 'pending', 'failed', 'skipped'];

interface Group {
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  readonly members: readonly number[];
}

/** Instances of one name and stage, whichever sub-pipeline they are in, are one group. */
function groupNodes(graph: Drawable, full: boolean): readonly Group[] {
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
function ownName({ id }: DrawnNode): string {
  const [path] = id.split('@', 1);
  return path!.slice(path!.lastIndexOf('/') + 1);
}

function nodeBox(graph: Drawable, group: Group, statuses: ReadonlyMap<string, NodeStatus> | undefined): Box {
  const { id, name, stage, members } = group;
  const counts = new Map<NodeStatus, number>();
  for (const index of members) {
    const status = statuses?.get(graph.nodes[index]!.id);
    if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const present = STATUSES.filter((status) => counts.has(status));
  const word = (status: NodeStatus): string => (status === 'cut-off' ? 'unchanged' : status);
  const told = present.length > 1 ? present.map((status) => `${counts.get(status)} ${word(status)}`).join(', ') : '';
  const ownStage = stage.slice(stage.lastIndexOf('/') + 1) === ownName(graph.nodes[members[0]!]!) ? '' : stage;
  return {
    id,
    kind: graph.nodes[members[0]!]!.observation ? 'observation' : 'stage',
    label: members.length === 1 ? name : `${name} ×${members.length}`,
    detail: [ownStage, told].filter((text) => text !== '').join(' · '),
    status: present.length === 0 ? null : present.length === 1 ? present[0]! : 'mixed',
  };
}
