/**
 * How a node is called in the view: by its name; in an experiment by its name in its branch, and the branches that need
 * it.
 */
import { cellWidth, cutMiddle } from '../text/cells.ts';
import type { NodePlace } from './experiment-view.ts';
import type { RunModel } from './run-model.ts';

/** `where` is empty outside of experiments. */
export function nodePlace({ experiment }: RunModel, node: string): NodePlace {
  return experiment?.placeOf(node) ?? { name: node, where: '' };
}

/** Shortens `without-augmentation/seed-2`: the seed is kept, the branch shrinks. */
export function cutPlace(where: string, width: number): string {
  const slash = where.lastIndexOf('/');
  const seed = slash < 0 ? '' : where.slice(slash);
  const room = width - cellWidth(seed);
  return room < LEAST_BRANCH
    ? cutMiddle(where, width)
    : cutMiddle(where.slice(0, where.length - seed.length), room) + seed;
}

const LEAST_BRANCH = 4;
