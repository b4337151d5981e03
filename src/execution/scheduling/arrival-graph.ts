/** What the graph says about nodes that go together: who could, who waits for a device, and who is waited for. */
import type { Consumers } from '../../core/graph/consumers.ts';
import type { Needs } from './pools.ts';
import type { ScheduledNode } from './scheduled-node.ts';

export interface ArrivalGraph {
  readonly groups: number;
  /**
   * By node: the group of those that it may start with, which are of its party and have its needs; `NO_GROUP` for no
   * group.
   */
  readonly groupOf: Int32Array;
  /** By node: whether it takes a device. */
  readonly onDevice: Uint8Array;
  /** By node: how many of its dependencies take a device, or wait for a node that does. */
  readonly behind: Int32Array;
  /** By node: the groups that have nodes below it, with no node between that takes a device. */
  readonly feeds: (readonly number[])[];
}

export const NO_GROUP = -1;
const NOTHING: readonly number[] = [];

/**
 * @param nodes in topological order; those that wait at the beginning count, and the others are as if they were not
 * there
 * @param kindOf a text that is the same for nodes with the same needs
 */
export function arrivalGraph(
  nodes: readonly ScheduledNode[],
  { start, list }: Consumers,
  takesDevice: (needs: Needs) => boolean,
  kindOf: (needs: Needs) => string,
): ArrivalGraph {
  const names = new Map<string, number>();
  const groupOf = new Int32Array(nodes.length).fill(NO_GROUP);
  const onDevice = new Uint8Array(nodes.length);
  const behind = new Int32Array(nodes.length);
  const waits = (node: number): boolean => nodes[node]!.initially === 'waiting';
  for (let node = 0; node < nodes.length; node++) {
    if (!waits(node)) continue;
    const { needs, party, dependencies } = nodes[node]!;
    const needed = needs(node);
    if (takesDevice(needed)) {
      onDevice[node] = 1;
      if (party !== undefined) groupOf[node] = numberOf(`${party} ${kindOf(needed)}`, names);
    }
    for (const above of dependencies)
      if (waits(above) && (onDevice[above] === 1 || behind[above]! > 0)) behind[node]! += 1;
  }
  const feeds = new Array<readonly number[]>(nodes.length).fill(NOTHING);
  const sets = new Map<string, readonly number[]>();
  for (let node = nodes.length - 1; node >= 0; node--) {
    if (!waits(node) || onDevice[node] === 1) continue;
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      const below = list[at]!;
      // One whose state is probably there is not waited for.
      const own = nodes[below]!.seconds === 0 ? NO_GROUP : groupOf[below]!;
      feeds[node] = united(feeds[node]!, own === NO_GROUP ? feeds[below]! : [own], sets);
    }
  }
  return { groups: names.size, groupOf, onDevice, behind, feeds };
}

function numberOf(name: string, numbers: Map<string, number>): number {
  let number = numbers.get(name);
  if (number === undefined) numbers.set(name, (number = numbers.size));
  return number;
}

/** Many nodes feed the same groups: each set of them exists once. */
export function united(
  a: readonly number[],
  b: readonly number[],
  known: Map<string, readonly number[]>,
): readonly number[] {
  if (b.every((group) => a.includes(group))) return a;
  const all = [...new Set([...a, ...b])].sort((x, y) => x - y);
  const name = all.join();
  const set = known.get(name) ?? all;
  known.set(name, set);
  return set;
}
