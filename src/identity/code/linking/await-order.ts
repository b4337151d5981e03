/**
 * Awaits at module level. While one module awaits, Node evaluates those that do not import it; a bundle has one
 * order. Where that could be seen, the code is refused.
 */
import { DefinitionError } from '../../../errors.ts';
import { awaits } from '../text/syntax.ts';
import type { LinkGraph } from './link-graph.ts';
import type { Unit } from './module-record.ts';
import type { UnitGraph } from './unit-graph.ts';

/**
 * @param units those of the text. @param order Node's order of files.
 * @throws DefinitionError
 */
export function refuseConcurrentEffects(
  graph: LinkGraph,
  { effectsOf }: UnitGraph,
  units: ReadonlySet<Unit>,
  order: readonly string[],
): void {
  const awaiting = [...units].filter((unit) => unit.kind !== 'function' && awaits(unit.node));
  for (const unit of awaiting) {
    const later = order.slice(order.indexOf(unit.file) + 1);
    for (const other of units) {
      if (!later.includes(other.file) || effectsOf(other).effect === undefined) continue;
      if (waitsFor(graph, order, other.file, unit.file)) continue;
      const place = ({ file, node }: Unit): string => graph.get(file)!.placeOf(node.start);
      throw new DefinitionError(
        `${place(unit)} awaits at module level, and Node evaluates ${place(other)} meanwhile, which a bundle cannot; import the module that awaits in the other one, or put the await into a function.`,
      );
    }
  }
}

/**
 * Whether Node evaluates a module after another one because it imports it. In a circle, an import back waits for
 * nothing.
 */
function waitsFor(graph: LinkGraph, order: readonly string[], file: string, awaited: string): boolean {
  const reached = new Set([file]);
  for (const at of reached) {
    const { requests, targets } = graph.get(at)!;
    for (const { specifier } of requests) {
      const target = targets.get(specifier)!;
      if (target.kind === 'module' && order.indexOf(target.file) < order.indexOf(at)) reached.add(target.file);
    }
  }
  return reached.has(awaited);
}
