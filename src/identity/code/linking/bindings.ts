/**
 * What a name means: resolves imports and exports over all modules as ECMAScript does (ResolveExport, 16.2.1.6.3),
 * `export *` and circles of re-exports included.
 */
import { DefinitionError } from '../../../errors.ts';
import { isFunction, mentionsThis } from '../text/syntax.ts';
import type { ExternalModule, LinkedModule, LinkGraph } from './link-graph.ts';
import type { Imported, Request, Unit } from './module-record.ts';
import type { Reference } from './uses.ts';

/** Equal bindings are the same object. */
export type Binding =
  | { readonly kind: 'unit'; readonly unit: Unit; readonly name: string }
  | {
      readonly kind: 'external';
      readonly module: ExternalModule;
      /** The attribute of its import. */
      readonly type: string | undefined;
      readonly imported: Imported;
    }
  | { readonly kind: 'namespace'; readonly file: string };

export interface Resolved {
  readonly reference: Reference;
  readonly binding: Binding;
  /** Where it ends: after the member, if that is what it means. */
  readonly end: number;
}

export class Bindings {
  readonly #graph: LinkGraph;
  readonly #known = new Map<string, Binding>();
  readonly #exports = new Map<string, Binding | undefined>();
  readonly #references = new Map<Unit, readonly Resolved[]>();

  constructor(graph: LinkGraph) {
    this.#graph = graph;
  }

  module(file: string): LinkedModule {
    return this.#graph.get(file)!;
  }

  /** What a module exports by this name; undefined if nothing, or if two `export *` disagree. */
  ofExport(file: string, name: string): Binding | undefined {
    const key = `${file}\0${name}`;
    if (!this.#exports.has(key)) this.#exports.set(key, this.#resolve(file, name, new Set()));
    return this.#exports.get(key);
  }

  /** What a name at the top level of a module means; undefined for a global. */
  ofName(file: string, name: string): Binding | undefined {
    const module = this.module(file);
    const unit = module.declared.get(name);
    if (unit !== undefined) return this.unit(unit, name);
    const imported = module.imports.get(name);
    if (imported === undefined) return undefined;
    return this.#imported(module, imported.request, imported.imported);
  }

  /** What a reference means; `ns.member` means the export itself where that makes no difference. */
  ofReference(file: string, reference: Reference): { readonly binding: Binding; readonly end: number } | undefined {
    const binding = this.ofName(file, reference.name);
    if (binding === undefined) return undefined;
    const whole = { binding, end: reference.end };
    const { member } = reference;
    if (member === undefined || reference.use !== 'read') return whole;
    if (isZodNamespace(binding) && member.name !== 'z' && member.name !== 'default')
      return { binding: this.external(binding.module, { name: 'z' }), end: reference.end };
    const through = this.#member(binding, member.name, member.isCalled);
    return through === undefined ? whole : { binding: through, end: member.end };
  }

  /** The references of a unit that are not global, in the order of the text. */
  referencesOf(unit: Unit): readonly Resolved[] {
    let known = this.#references.get(unit);
    if (known === undefined) {
      known = unit.uses.references.flatMap((reference) => {
        const resolved = this.ofReference(unit.file, reference);
        return resolved === undefined ? [] : [{ reference, ...resolved }];
      });
      this.#references.set(unit, known);
    }
    return known;
  }

  unit(unit: Unit, name: string): Binding {
    return this.#interned(`unit\0${unit.file}\0${name}`, { kind: 'unit', unit, name });
  }

  namespace(file: string): Binding {
    return this.#interned(`namespace\0${file}`, { kind: 'namespace', file });
  }

  external(module: ExternalModule, imported: Imported, type?: string): Binding {
    const same = isZod(module) && imported !== 'namespace' && imported.name === 'default' ? { name: 'z' } : imported;
    const name = same === 'namespace' ? '*' : same.name;
    return this.#interned(`external\0${module.url}\0${type ?? ''}\0${name}`, {
      kind: 'external',
      module,
      type,
      imported: same,
    });
  }

  /** The names of a module's exports as its namespace has them: sorted by code units, without ambiguous ones. */
  exportNames(file: string): readonly string[] {
    const names = new Set<string>();
    this.#collectNames(file, names, new Set());
    return [...names].filter((name) => this.ofExport(file, name) !== undefined).sort();
  }

  /** Packages whose exports are unknown here and belong to the module's namespace too. */
  externalStars(file: string, seen = new Set<string>()): readonly ExternalModule[] {
    if (seen.has(file)) return [];
    seen.add(file);
    const module = this.module(file);
    return module.stars.flatMap(({ specifier }) => {
      const target = module.targets.get(specifier)!;
      if (target.kind === 'module') return this.externalStars(target.file, seen);
      return target.kind === 'external' ? [target] : [];
    });
  }

  /** @throws DefinitionError for an import of something that is not there */
  checkImports(file: string): void {
    const module = this.module(file);
    const check = (request: Request, imported: Imported, start: number): void => {
      const target = module.targets.get(request.specifier)!;
      if (target.kind !== 'module' || imported === 'namespace') return;
      if (this.ofExport(target.file, imported.name) === undefined)
        throw new DefinitionError(
          `${module.placeOf(start)}: No matching export in ${this.module(target.file).placeOf(-1)} for import "${imported.name}"; if it is a type, say \`import type\` or \`export type\`.`,
        );
    };
    for (const { request, imported, start } of module.imports.values()) check(request, imported, start);
    for (const it of module.exports.values()) if (it.kind === 'from') check(it.request, it.imported, it.start);
  }

  #imported(module: LinkedModule, request: Request, imported: Imported): Binding | undefined {
    const target = module.targets.get(request.specifier)!;
    switch (target.kind) {
      case 'external':
        return this.external(target, imported, request.type);
      case 'module':
        return imported === 'namespace' ? this.namespace(target.file) : this.ofExport(target.file, imported.name);
      case 'absent':
        throw new Error(`internal error: an import of ${request.specifier} has no target`);
    }
  }

  #resolve(file: string, name: string, seen: Set<string>): Binding | undefined {
    const key = `${file}\0${name}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    const module = this.module(file);
    const own = module.exports.get(name);
    if (own?.kind === 'local') {
      const imported = module.imports.get(own.name);
      if (imported === undefined) return this.ofName(file, own.name);
      return this.#follow(module, imported.request, imported.imported, seen);
    }
    if (own !== undefined) return this.#follow(module, own.request, own.imported, seen);
    if (name === 'default') return undefined;
    const found = new Set<Binding>();
    let fromPackage: Binding | undefined;
    for (const request of module.stars) {
      const target = module.targets.get(request.specifier)!;
      // Whether a package has the export is known only when it is loaded.
      if (target.kind === 'external') fromPackage ??= this.external(target, { name }, request.type);
      const binding = target.kind === 'module' ? this.#resolve(target.file, name, seen) : undefined;
      if (binding !== undefined) found.add(binding);
    }
    if (found.size > 1) return undefined;
    return [...found][0] ?? fromPackage;
  }

  #follow(module: LinkedModule, request: Request, imported: Imported, seen: Set<string>): Binding | undefined {
    const target = module.targets.get(request.specifier)!;
    if (target.kind !== 'module' || imported === 'namespace') return this.#imported(module, request, imported);
    return this.#resolve(target.file, imported.name, seen);
  }

  #member(binding: Binding, name: string, isCalled: boolean): Binding | undefined {
    if (binding.kind === 'namespace') {
      const member = this.ofExport(binding.file, name);
      if (member === undefined || !isCalled) return member;
      // A call through the namespace passes it as `this`.
      return member.kind === 'unit' && !usesThis(member.unit) ? member : undefined;
    }
    if (binding.kind !== 'external' || binding.imported !== 'namespace') return undefined;
    const { module, type } = binding;
    if (module.packageName === 'restage') return this.external(module, { name }, type);
    return undefined;
  }

  #collectNames(file: string, names: Set<string>, seen: Set<string>): void {
    if (seen.has(file)) return;
    seen.add(file);
    const module = this.module(file);
    for (const name of module.exports.keys()) names.add(name);
    for (const { specifier } of module.stars) {
      const target = module.targets.get(specifier)!;
      if (target.kind !== 'module') continue;
      const below = new Set<string>();
      this.#collectNames(target.file, below, seen);
      below.delete('default');
      for (const name of below) names.add(name);
    }
  }

  #interned(key: string, binding: Binding): Binding {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, binding);
    return binding;
  }
}

/** zod's `z`, its default export and, except for these two, its namespace have the same members. */
function isZod({ packageName, specifier }: ExternalModule): boolean {
  return packageName === 'zod' && /^zod(?:\/v4)?$/.test(specifier);
}

function isZodNamespace(binding: Binding): binding is Binding & { readonly kind: 'external' } {
  return binding.kind === 'external' && binding.imported === 'namespace' && isZod(binding.module);
}

/** Whether calling what the unit declares could tell what it is called on. */
function usesThis({ kind, node }: Unit): boolean {
  if (kind === 'function') return !isFunction(node) || mentionsThis(node);
  if (node.type !== 'VariableDeclarator') return true;
  const { init } = node;
  if (init?.type === 'ArrowFunctionExpression') return false;
  return init?.type === 'FunctionExpression' ? mentionsThis(init) : true;
}
