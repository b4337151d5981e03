/**
 * The nodes of a run by stage: what a report draws as one box, and tells once. Nodes of one name and stage are a group,
 * whichever branch or sub-pipeline they are in.
 */
import type { VisitOutcome } from '../../events.ts';
import type { Cache } from '../../store/cache.ts';
import { type LineageCode, lineageCode } from '../lineage/lineage.ts';
import type { ReportNode } from './run-nodes.ts';

export interface ReportStage {
  /** The name of its nodes without their keys; the stage's name where there would be too many groups. */
  readonly name: string;
  readonly stage: string;
  readonly counts: Readonly<Partial<Record<VisitOutcome, number>>>;
  /** Its nodes, by their place in the report. */
  readonly nodes: readonly number[];
  /** Each code that made states of it. */
  readonly codes: readonly LineageCode[];
}

export interface StageLink {
  /** Stages, by their place. */
  readonly from: number;
  readonly to: number;
  readonly outputs: readonly string[];
}

export interface ReportStages {
  /** In the order of their first nodes. */
  readonly stages: readonly ReportStage[];
  readonly links: readonly StageLink[];
}

/** With more names than this, nodes are grouped by their stages alone. */
const MOST_NAMES = 120;

export function reportStages(cache: Cache, nodes: readonly ReportNode[]): ReportStages {
  const byName = grouped(nodes, ({ node }) => ownName(node));
  const groups = byName.size <= MOST_NAMES ? byName : grouped(nodes, ({ stage }) => stage);
  const stageOf = new Map<string, number>();
  const lists = [...groups.values()];
  for (const [place, { members }] of lists.entries())
    for (const index of members) stageOf.set(nodes[index]!.node, place);
  const codes = new Map<string, LineageCode>();
  const codeOf = (digest: LineageCode['digest']): LineageCode => {
    const known = codes.get(digest) ?? lineageCode(cache, digest);
    codes.set(digest, known);
    return known;
  };
  const stages = lists.map(({ name, stage, members }): ReportStage => {
    const counts: Partial<Record<VisitOutcome, number>> = {};
    for (const index of members) {
      const { outcome } = nodes[index]!;
      if (outcome !== null) counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    const own = new Set(members.flatMap((index) => nodes[index]!.made?.code ?? []));
    return { name, stage, counts, nodes: members, codes: [...own].map(codeOf) };
  });
  return { stages, links: linksOf(nodes, stageOf) };
}

interface Group {
  readonly name: string;
  readonly stage: string;
  readonly members: number[];
}

function grouped(nodes: readonly ReportNode[], nameOf: (node: ReportNode) => string): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const [index, node] of nodes.entries()) {
    const name = nameOf(node);
    const key = JSON.stringify([name, node.stage]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { name, stage: node.stage, members: [index] });
    else known.members.push(index);
  }
  return groups;
}

/** `train-fold` of `cv/train-fold@fold=3` */
function ownName(node: string): string {
  const [path] = node.split('@', 1);
  return path!.slice(path!.lastIndexOf('/') + 1);
}

function linksOf(nodes: readonly ReportNode[], stageOf: ReadonlyMap<string, number>): readonly StageLink[] {
  const links = new Map<string, { readonly from: number; readonly to: number; readonly outputs: Set<string> }>();
  for (const { node, inputs } of nodes)
    for (const { from } of inputs) {
      if (from.kind !== 'node') continue;
      const [start, end] = [stageOf.get(from.node)!, stageOf.get(node)!];
      if (start === end) continue;
      const key = `${start} ${end}`;
      const known = links.get(key) ?? { from: start, to: end, outputs: new Set<string>() };
      links.set(key, known);
      known.outputs.add(from.output);
    }
  return [...links.values()].map((link) => ({ ...link, outputs: [...link.outputs] }));
}
