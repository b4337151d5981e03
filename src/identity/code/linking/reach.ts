/** Which units a stage consists of: what its export refers to, and what has effects in the modules that it imports. */
import { DefinitionError } from '../../../errors.ts';
import { literalText } from '../text/syntax.ts';
import type { Binding } from './bindings.ts';
import { refuseConcurrentEffects } from './await-order.ts';
import { evaluationOrder } from './evaluation-order.ts';
import type { LinkGraph } from './link-graph.ts';
import type { Unit } from './module-record.ts';
import { NodeOrder } from './node-order.ts';
import { behind, bindingsOf, type UnitGraph } from './unit-graph.ts';

export interface Reach {
  readonly units: ReadonlySet<Unit>;
  /** In the order of their discovery: first used, first listed. */
  readonly namespaces: readonly string[];
  /** Files in Node's order of evaluation, and after them those of import() calls. */
  readonly order: readonly string[];
}

/** @throws DefinitionError for an import() of a module with effects: they would come at another time */
export function reachOf(graph: LinkGraph, unitGraph: UnitGraph, root: Binding, entry: string): Reach {
  const { bindings, effectsOf } = unitGraph;
  const units = new Set<Unit>();
  const namespaces = new Set<string>();
  const lazyRoots = new Set<string>();
  const statics = evaluationOrder(graph, [entry]);
  const nodeOrder = new NodeOrder(statics, unitGraph);
  const used = new Set<string>();
  const seen = new Set<Binding>();
  const add = (unit: Unit): void => {
    if (units.has(unit)) return;
    units.add(unit);
    used.add(unit.file);
    for (const { source } of unit.uses.dynamicImports) {
      const target = graph.get(unit.file)!.targets.get(literalText(source) ?? '');
      if (target?.kind === 'module') lazyRoots.add(target.file);
    }
    for (const binding of bindingsOf(unit, bindings)) addBinding(binding);
  };
  const addBinding = (binding: Binding): void => {
    if (seen.has(binding)) return;
    seen.add(binding);
    if (binding.kind === 'unit') add(binding.unit);
    if (binding.kind === 'namespace') namespaces.add(binding.file);
    for (const member of behind(binding, bindings)) addBinding(member);
  };
  addBinding(root);
  // A module that may be skipped counts once something of it is used, which may make another one count.
  for (let before = -1; before !== units.size;) {
    before = units.size;
    for (const file of statics) {
      const { isSkippable, units: all } = graph.get(file)!;
      if (isSkippable && !used.has(file)) continue;
      for (const unit of all) if (effectsOf(unit).effect !== undefined || nodeOrder.isTooEarly(unit)) add(unit);
    }
  }
  refuseConcurrentEffects(graph, unitGraph, units, statics);
  const lazy = evaluationOrder(graph, [...lazyRoots]).filter((file) => !statics.includes(file));
  const wholeOrder = new NodeOrder([...statics, ...lazy], unitGraph);
  for (const file of lazy)
    for (const unit of graph.get(file)!.units) {
      // Where Node fails at the import(), the bundle would fail at once.
      const effect =
        effectsOf(unit).effect ??
        (wholeOrder.isTooEarly(unit) ? 'a use of a variable before its initialisation' : undefined);
      if (effect === undefined) continue;
      const { placeOf } = graph.get(file)!;
      throw new DefinitionError(
        `${placeOf(unit.node.start)} has ${effect}, which would run when import() loads this module and cannot wait for that in a bundle; import the module with an import statement, or put this code into a function and call it after the import().`,
      );
    }
  return { units, namespaces: [...namespaces], order: [...statics, ...lazy] };
}
