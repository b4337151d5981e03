/** What units refer to, and which of it is read when they are evaluated. The same for all stages of a pipeline. */
import { literalText } from '../text/syntax.ts';
import type { Binding, Bindings } from './bindings.ts';
import type { Unit } from './module-record.ts';
import type { UnitEffects } from './unit-effects.ts';

export class UnitGraph {
  readonly bindings: Bindings;
  readonly effectsOf: (unit: Unit) => UnitEffects;
  readonly #targets = new Map<Unit, readonly Unit[]>();
  readonly #evaluated = new Map<Unit, readonly Unit[]>();

  constructor(bindings: Bindings, effectsOf: (unit: Unit) => UnitEffects) {
    this.bindings = bindings;
    this.effectsOf = effectsOf;
  }

  /** The units that it refers to, in the order of the text. */
  targets(unit: Unit): readonly Unit[] {
    let targets = this.#targets.get(unit);
    if (targets === undefined) {
      targets = this.#unitsOf(bindingsOf(unit, this.bindings));
      this.#targets.set(unit, targets);
    }
    return targets;
  }

  /** Whether evaluating it reads nothing but itself, as for a function: it may come anywhere. */
  isInert(unit: Unit): boolean {
    if (unit.kind === 'function') return true;
    const { effect, callsFunctions } = this.effectsOf(unit);
    return (
      effect === undefined &&
      !callsFunctions &&
      unit.uses.references.every(({ isLazy, use }) => isLazy || use === 'binding')
    );
  }

  /** The units that evaluating this one may read: those of functions that it may call too. */
  evaluated(unit: Unit): readonly Unit[] {
    let evaluated = this.#evaluated.get(unit);
    if (evaluated === undefined) {
      evaluated = this.isInert(unit) ? [] : this.#findEvaluated(unit);
      this.#evaluated.set(unit, evaluated);
    }
    return evaluated;
  }

  #findEvaluated(unit: Unit): readonly Unit[] {
    const { effect, callsFunctions, reads } = this.effectsOf(unit);
    if (effect === undefined && (!callsFunctions || reads !== undefined)) {
      const eager = this.#unitsOf(
        this.bindings
          .referencesOf(unit)
          .flatMap(({ reference, binding }) => (reference.isLazy || reference.use === 'binding' ? [] : [binding])),
      );
      return [...new Set([...eager, ...(reads ?? [])])];
    }
    const reached = new Set(this.targets(unit));
    for (const at of reached) for (const target of this.targets(at)) reached.add(target);
    return [...reached];
  }

  #unitsOf(found: readonly Binding[]): readonly Unit[] {
    const units = new Set<Unit>();
    const seen = new Set<Binding>();
    const add = (binding: Binding): void => {
      if (seen.has(binding)) return;
      seen.add(binding);
      if (binding.kind === 'unit') units.add(binding.unit);
      for (const member of behind(binding, this.bindings)) add(member);
    };
    for (const binding of found) add(binding);
    return [...units];
  }
}

/** The bindings that a unit refers to, in the order of the text. */
export function bindingsOf(unit: Unit, bindings: Bindings): readonly Binding[] {
  const found = new Set<Binding>();
  for (const { binding, reference } of bindings.referencesOf(unit)) if (reference.use !== 'binding') found.add(binding);
  const { targets, declared, imports } = bindings.module(unit.file);
  for (const { source } of unit.uses.dynamicImports) {
    const target = targets.get(literalText(source) ?? '');
    if (target?.kind === 'module') found.add(bindings.namespace(target.file));
  }
  // eval sees every name.
  if (unit.uses.directEvals.length > 0)
    for (const name of [...declared.keys(), ...imports.keys()]) found.add(bindings.ofName(unit.file, name)!);
  return [...found];
}

/** What a binding stands for, besides itself: all exports of a namespace. */
export function behind(binding: Binding, bindings: Bindings): readonly Binding[] {
  if (binding.kind !== 'namespace') return [];
  return bindings.exportNames(binding.file).map((name) => bindings.ofExport(binding.file, name)!);
}
