/**
 * A name for everything at the top level of a stage's text: its own name wherever that is free. Two helpers of one name
 * from two files are numbered in the order of the text.
 */
import type { Binding, Bindings } from './bindings.ts';
import { DEFAULT, type Unit } from './module-record.ts';
import { declares, type Reference } from './uses.ts';

export class Names {
  readonly #taken: Set<string>;
  readonly #references = new Map<Binding, Reference[]>();
  readonly #names = new Map<Binding, string>();

  /** @param units all units of the text. */
  constructor(units: readonly Unit[], bindings: Bindings) {
    this.#taken = new Set(RESERVED);
    for (const unit of units) {
      for (const { name } of unit.uses.references)
        if (bindings.ofName(unit.file, name) === undefined) this.#taken.add(name);
      for (const { binding, reference } of bindings.referencesOf(unit)) {
        const references = this.#references.get(binding);
        if (references === undefined) this.#references.set(binding, [reference]);
        else references.push(reference);
      }
    }
  }

  /** A name for what the text itself needs. */
  fresh(wanted: string, separator = '$'): string {
    let name = wanted;
    for (let count = 2; this.#taken.has(name); count++) name = `${wanted}${separator}${count}`;
    this.#taken.add(name);
    return name;
  }

  /** Chooses the name of a binding; the first to ask has the first choice. */
  choose(binding: Binding, wanted = wantedName(binding)): string {
    const references = this.#references.get(binding) ?? [];
    const isCaptured = (name: string): boolean => references.some(({ scope }) => declares(scope, name));
    let name = wanted;
    for (let count = 2; this.#taken.has(name) || isCaptured(name); count++) name = `${wanted}$${count}`;
    this.#taken.add(name);
    this.#names.set(binding, name);
    return name;
  }

  of(binding: Binding): string {
    const name = this.#names.get(binding);
    if (name === undefined) throw new Error(`internal error: ${wantedName(binding)} is not in the text that uses it`);
    return name;
  }
}

function wantedName(binding: Binding): string {
  switch (binding.kind) {
    case 'unit':
      return binding.name === DEFAULT ? '_default' : binding.name;
    case 'namespace':
      return '_module';
    case 'external': {
      const { imported, module } = binding;
      const isNamed = imported !== 'namespace' && imported.name !== 'default';
      return asIdentifier(isNamed ? imported.name : module.specifier);
    }
  }
}

/** `node:fs/promises` becomes `promises`. */
function asIdentifier(text: string): string {
  const last = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf(':')) + 1).replace(/\.\w+$/, '');
  const name = last.replace(/[^\p{ID_Continue}$]/gu, '_');
  return /^[\p{ID_Start}$_]/u.test(name) ? name : `_${name}`;
}

const RESERVED = (
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
  'false finally for function if implements import in instanceof interface let new null package private protected ' +
  'public return static super switch this throw true try typeof undefined var void while with yield'
).split(' ');
