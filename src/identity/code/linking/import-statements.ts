/** The import statements of a linked text: only what is used, in one form and order however the sources write it. */
import type { Binding } from './bindings.ts';
import type { ExternalModule, LinkGraph } from './link-graph.ts';
import type { Names } from './names.ts';

type ExternalBinding = Binding & { readonly kind: 'external' };

interface ImportedModule {
  readonly module: ExternalModule;
  readonly type: string | undefined;
  readonly bindings: readonly ExternalBinding[];
}

/** @param order the files of the text in Node's order of evaluation. */
export function importStatements(
  used: readonly ExternalBinding[],
  { graph, order }: { readonly graph: LinkGraph; readonly order: readonly string[] },
  names: Names,
): { readonly text: string; readonly modules: readonly ExternalModule[] } {
  const modules = new Map<string, ImportedModule>();
  const add = (module: ExternalModule, type: string | undefined, bindings: readonly ExternalBinding[]): void => {
    const key = `${module.url}\0${type ?? ''}`;
    modules.set(key, { module, type, bindings: [...(modules.get(key)?.bindings ?? []), ...bindings] });
  };
  const { effects, places } = packageOrder(graph, order);
  for (const binding of used) add(binding.module, binding.type, [binding]);
  for (const module of effects) add(module, undefined, []);
  const sorted = [...modules.values()].sort(byName);
  // A package that is imported for its effects must have them before, and after, the same packages as in Node.
  if (effects.length > 0)
    sorted.sort((a, b) => (places.get(a.module.url) ?? 0) - (places.get(b.module.url) ?? 0) || byName(a, b));
  return { text: sorted.map((it) => statement(it, names)).join(''), modules: sorted.map(({ module }) => module) };
}

/** The packages that are imported for their effects, and where in Node's order each package is evaluated. */
function packageOrder(
  graph: LinkGraph,
  order: readonly string[],
): { readonly effects: readonly ExternalModule[]; readonly places: ReadonlyMap<string, number> } {
  const effects = new Map<string, ExternalModule>();
  const places = new Map<string, number>();
  for (const file of order) {
    const { requests, targets, isSkippable } = graph.get(file)!;
    for (const { specifier, isBare } of requests) {
      const target = targets.get(specifier)!;
      if (target.kind !== 'external') continue;
      if (!places.has(target.url)) places.set(target.url, places.size);
      if (isBare && !isSkippable) effects.set(target.url, target);
    }
  }
  return { effects: [...effects.values()], places };
}

function byName(a: ImportedModule, b: ImportedModule): number {
  return compare(a.module.specifier, b.module.specifier) || compare(a.type ?? '', b.type ?? '');
}

function statement({ module, type, bindings }: ImportedModule, names: Names): string {
  const attributes = type === undefined ? '' : `with{type:${JSON.stringify(type)}}`;
  const from = `${JSON.stringify(module.url)}${attributes};\n`;
  const namespaces = bindings.filter(({ imported }) => imported === 'namespace');
  const members = bindings
    .flatMap((binding) => (binding.imported === 'namespace' ? [] : [{ binding, name: binding.imported.name }]))
    .sort((a, b) => compare(a.name, b.name));
  const list = members.map(({ binding, name }) => {
    const local = names.choose(binding);
    return local === name ? name : `${/^[\w$]+$/.test(name) ? name : JSON.stringify(name)} as ${local}`;
  });
  const statements = namespaces.map((binding) => `import*as ${names.choose(binding)} from${from}`);
  if (list.length > 0) statements.push(`import{${list.join(',')}}from${from}`);
  return statements.length > 0 ? statements.join('') : `import${from}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
