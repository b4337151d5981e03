/** Longest paths: how long what depends on a node takes after it, at least, however much may run at once. */
import type { Consumers } from '../../core/graph/consumers.ts';

/** For a stage that never ran: any positive number makes the longest path count its nodes. */
const UNKNOWN_SECONDS = 1;

/**
 * By node, the seconds of the longest path from it down, itself included.
 * @param nodes in topological order; without `seconds` for one whose stage never ran
 */
export function longestPaths(
  nodes: readonly { readonly seconds: number | undefined }[],
  { start, list }: Consumers,
): Float64Array {
  const path = new Float64Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    let below = 0;
    for (let at = start[index]!; at < start[index + 1]!; at++) below = Math.max(below, path[list[at]!]!);
    path[index] = (nodes[index]!.seconds ?? UNKNOWN_SECONDS) + below;
  }
  return path;
}
