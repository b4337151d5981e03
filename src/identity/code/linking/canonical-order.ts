/**
 * The order of a stage's units in its text. It follows from what refers to what, so that it does not matter in which
 * file or where in it a declaration stands. What has effects keeps Node's order.
 */
import { componentsOf } from './components.ts';
import type { Unit } from './module-record.ts';
import { NodeOrder } from './node-order.ts';
import type { Reach } from './reach.ts';
import type { UnitGraph } from './unit-graph.ts';

export function canonicalOrder(reach: Reach, graph: UnitGraph, root: Unit | undefined): readonly Unit[] {
  const nodeOrder = new NodeOrder(reach.order, graph);
  const all = [...reach.units].sort(nodeOrder.compare);
  if (all.some((unit) => nodeOrder.isTooEarly(unit))) return all;
  const pinned = pinnedUnits(all, graph);
  const next = (unit: Unit): Iterable<Unit> => graph.targets(unit).filter((it) => !pinned.has(it));
  const inOrder = all.filter((unit) => pinned.has(unit));
  const components = componentsOf(root === undefined ? inOrder : [...inOrder, root], next);
  return components.flatMap((members) => [
    ...members.filter((unit) => graph.isInert(unit)),
    ...members.filter((unit) => !graph.isInert(unit)).sort(nodeOrder.compare),
  ]);
}

/** Units whose order matters: those with effects, and those whose value depends on effects. */
function pinnedUnits(all: readonly Unit[], graph: UnitGraph): ReadonlySet<Unit> {
  const pinned = new Set(all.filter((unit) => graph.effectsOf(unit).effect !== undefined));
  if (pinned.size === 0) return pinned;
  for (const unit of all) if (graph.effectsOf(unit).readsState) pinned.add(unit);
  for (let before = -1; before !== pinned.size;) {
    before = pinned.size;
    for (const unit of all)
      if (!pinned.has(unit) && graph.evaluated(unit).some((it) => pinned.has(it))) pinned.add(unit);
  }
  return pinned;
}
