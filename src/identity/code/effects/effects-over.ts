/** The effects of units, each analysed once. What is not proven to be without effects has one. */
import type { Binding, Bindings } from '../linking/bindings.ts';
import type { LinkGraph } from '../linking/link-graph.ts';
import type { Unit } from '../linking/module-record.ts';
import type { UnitEffects } from '../linking/unit-effects.ts';
import { EffectFound, Evaluation } from './evaluation.ts';
import { GLOBAL_OBJECTS, PRIMITIVE_GLOBALS } from './known-names.ts';
import { type Environment, MADE_BY_RESTAGE, PRIMITIVE, UNKNOWN, type Value } from './value.ts';
import type { World } from './world.ts';

interface Analysed extends UnitEffects {
  readonly bound: ReadonlyMap<string, Value>;
}

export function effectsOver(graph: LinkGraph, bindings: Bindings): (unit: Unit) => UnitEffects {
  const known = new Map<Unit, Analysed>();
  const running = new Set<Unit>();
  let reads = new Set<Unit>();
  const uses = new Map<string, ModuleUses>();
  const usesOf = (file: string): ModuleUses => {
    const found = uses.get(file) ?? moduleUses(graph.get(file)!.units);
    uses.set(file, found);
    return found;
  };
  const world: World = {
    outerUse: (file, start) => usesOf(file).outer.get(start),
    valueOf: (file, name) => {
      const binding = bindings.ofName(file, name);
      return binding === undefined ? globalValue(name) : valueOf(binding);
    },
    exportOf: (file, name) => {
      const binding = bindings.ofExport(file, name);
      return binding === undefined ? UNKNOWN : valueOf(binding);
    },
  };
  const valueOf = (binding: Binding): Value => {
    switch (binding.kind) {
      case 'namespace':
        return { kind: 'namespace', file: binding.file };
      case 'external': {
        const { module, imported } = binding;
        if (module.packageName === 'zod') return { kind: 'zod', runsCode: false };
        if (module.packageName === 'restage')
          return { kind: 'restage', name: imported === 'namespace' ? '' : imported.name };
        if (imported === 'namespace' || imported.name === 'default') {
          if (module.packageName === 'node') return { kind: 'global', path: module.specifier };
          return { kind: 'package' };
        }
        if (module.packageName === 'node') return { kind: 'global', path: `${module.specifier}.${imported.name}` };
        return { kind: 'package' };
      }
      case 'unit': {
        const { unit } = binding;
        reads.add(unit);
        if (graph.get(unit.file)!.isTrusted) return MADE_BY_RESTAGE;
        if (usesOf(unit.file).assigned.has(binding.name)) return UNKNOWN;
        // Its own initialiser finds a var undefined.
        if (running.has(unit)) return unit.keyword === 'var' && unit.kind === 'variable' ? PRIMITIVE : UNKNOWN;
        return analysed(unit).bound.get(binding.name) ?? UNKNOWN;
      }
    }
  };
  const analysed = (unit: Unit): Analysed => {
    let result = known.get(unit);
    if (result === undefined) {
      const outer = reads;
      reads = new Set();
      running.add(unit);
      const effects = analyse(unit, world, graph, usesOf(unit.file));
      // What restage's own modules read is not looked through.
      result = graph.get(unit.file)!.isTrusted ? effects : { ...effects, reads };
      running.delete(unit);
      reads = outer;
      known.set(unit, result);
    }
    return result;
  };
  return analysed;
}

function analyse(unit: Unit, world: World, graph: LinkGraph, { declarations }: ModuleUses): Analysed {
  const none = new Map<string, Value>();
  if (graph.get(unit.file)!.isTrusted)
    return {
      effect: undefined,
      readsState: false,
      callsFunctions: false,
      reads: undefined,
      bound: none,
      kinds: new Map(),
    };
  const evaluation = new Evaluation(world);
  const impure = (effect: string): Analysed => ({
    effect,
    readsState: true,
    callsFunctions: true,
    reads: undefined,
    bound: none,
    kinds: new Map(),
  });
  if (unit.kind === 'statement') return impure('a statement at module level');
  const [name = ''] = unit.declares;
  if (unit.declares.some((it) => (declarations.get(it) ?? 0) > 1)) return impure(`a second declaration of ${name}`);
  const top: Environment = {
    names: new Set(),
    variables: new Map(),
    outer: undefined,
    thisValue: PRIMITIVE,
    home: undefined,
  };
  try {
    for (let before = -1; before !== evaluation.changes;) {
      before = evaluation.changes;
      const value = evaluation.value(unit.node, top, unit.file);
      if (unit.kind !== 'variable') evaluation.bound.set(name, value);
    }
  } catch (error) {
    if (error instanceof EffectFound) return impure(error.message);
    if (error instanceof RangeError) return impure('code that is too deep to look through');
    throw error;
  }
  const { readsState, callsFunctions, bound } = evaluation;
  const kinds = new Map<string, 'schema' | 'stage'>();
  for (const [declared, { kind }] of bound) {
    if (kind === 'zod') kinds.set(declared, 'schema');
    if (kind === 'made-by-restage') kinds.set(declared, 'stage');
  }
  return { effect: undefined, readsState, callsFunctions, reads: undefined, bound, kinds };
}

interface ModuleUses {
  /** By their places. */
  readonly outer: ReadonlyMap<number, 'read' | 'write' | 'binding'>;
  readonly assigned: ReadonlySet<string>;
  /** How often each name is declared. */
  readonly declarations: ReadonlyMap<string, number>;
}

function moduleUses(units: readonly Unit[]): ModuleUses {
  const outer = new Map<number, 'read' | 'write' | 'binding'>();
  const assigned = new Set<string>();
  const declarations = new Map<string, number>();
  for (const { uses, declares } of units) {
    for (const { start, use, name } of uses.references) {
      outer.set(start, use);
      if (use === 'write') assigned.add(name);
    }
    for (const name of declares) declarations.set(name, (declarations.get(name) ?? 0) + 1);
  }
  return { outer, assigned, declarations };
}

function globalValue(name: string): Value {
  if (PRIMITIVE_GLOBALS.has(name)) return PRIMITIVE;
  return GLOBAL_OBJECTS.has(name) ? { kind: 'global', path: name } : UNKNOWN;
}
