/** Changes of single nodes, made into causes: one for all nodes that share a change, with what followed from it. */
import { type Change, type ImportWay, type OwnChange, signature } from './change.ts';

export interface Cause {
  readonly change: Change;
  /** The nodes that the change is in. Those of a `removed` one are of the earlier side. */
  readonly nodes: readonly string[];
  /** Of a source: by which imports it is in the code of the stages. */
  readonly ways: readonly ImportWay[];
  /** The nodes that differ because of it and have no change of their own. */
  readonly followers: readonly string[];
  /** Where it ended: a node that differs gave these the bytes that it gave before. */
  readonly ended: readonly { readonly node: string; readonly spared: readonly string[] }[];
}

export interface Flow {
  /** By a node: the nodes to which its difference goes on. */
  readonly carries: ReadonlyMap<string, readonly string[]>;
  /** By a node: the nodes that take from it the bytes that they took before. */
  readonly spares: ReadonlyMap<string, readonly string[]>;
}

/** The causes, those with most nodes first. */
export function foldCauses(own: ReadonlyMap<string, readonly OwnChange[]>, flow: Flow): readonly Cause[] {
  const folded = new Map<string, { change: Change; nodes: string[]; ways: Map<string, ImportWay> }>();
  for (const [node, changes] of own)
    for (const { change, way } of changes) {
      const key = signature(change);
      const cause = folded.get(key) ?? { change, nodes: [], ways: new Map<string, ImportWay>() };
      folded.set(key, cause);
      cause.nodes.push(node);
      if (way !== undefined) cause.ways.set(way.stage, way);
    }
  return [...folded.values()]
    .map(({ change, nodes, ways }): Cause => {
      const followers = followersOf(nodes, flow, (node) => own.has(node));
      return {
        change,
        nodes,
        ways: inOrder([...ways.values()]),
        followers,
        ended: endOf([...nodes, ...followers], flow),
      };
    })
    .sort((a, b) => sizeOf(b) - sizeOf(a));
}

function inOrder(ways: readonly ImportWay[]): readonly ImportWay[] {
  return ways.toSorted((a, b) => (a.stage < b.stage ? -1 : 1));
}

function sizeOf({ nodes, followers }: Cause): number {
  return nodes.length + followers.length;
}

/** A node that has a change of its own is told there, and what follows from it as well. */
function followersOf(
  nodes: readonly string[],
  { carries }: Flow,
  isRoot: (node: string) => boolean,
): readonly string[] {
  const reached = new Set(nodes);
  for (const node of reached) for (const next of carries.get(node) ?? []) if (!isRoot(next)) reached.add(next);
  return [...reached].slice(new Set(nodes).size);
}

function endOf(nodes: readonly string[], { spares }: Flow): Cause['ended'] {
  return nodes.flatMap((node) => {
    const spared = spares.get(node);
    return spared === undefined ? [] : [{ node, spared }];
  });
}

/** The nodes from one in which the cause is to this one, both included; undefined if the cause does not reach it. */
export function wayOf({ nodes }: Pick<Cause, 'nodes'>, { carries }: Flow, to: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string | undefined>(nodes.map((node) => [node, undefined]));
  for (const node of cameFrom.keys()) {
    if (node === to) break;
    for (const next of carries.get(node) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, node);
  }
  if (!cameFrom.has(to)) return undefined;
  const way = [to];
  for (let at = cameFrom.get(to); at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
