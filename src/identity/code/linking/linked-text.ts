/**
 * The text of linked units: imports, then what the text itself needs, the units in their order, and the exports. It is
 * a flat list of statements, with one export at its end.
 */
import { literalText } from '../text/syntax.ts';
import type { Binding, Bindings } from './bindings.ts';
import { importStatements } from './import-statements.ts';
import type { ExternalModule, LinkGraph } from './link-graph.ts';
import { DEFAULT, takesDefaultName, type Unit } from './module-record.ts';
import { Names } from './names.ts';
import { behind, bindingsOf } from './unit-graph.ts';
import { type Edit, TextPieces } from './text-pieces.ts';
import { editsOf, named, plainEdits, type Renaming } from './unit-edits.ts';

export interface TextRequest {
  readonly graph: LinkGraph;
  readonly bindings: Bindings;
  /** In the order of the text. */
  readonly units: readonly Unit[];
  /** The exports: names and what they stand for. */
  readonly exported: ReadonlyMap<string, Binding>;
  /** Files of Node's order of evaluation. */
  readonly order: readonly string[];
  /** What to leave out of a unit. */
  readonly trimmed: (unit: Unit) => readonly Edit[];
  /** A stage whose constant may have any name: it has the same one in every text. */
  readonly stage?: Binding;
}

export interface LinkedText {
  readonly pieces: TextPieces;
  /** What the text imports, statically or not, in the order of its first use. */
  readonly externals: readonly ExternalModule[];
}

export function linkedText(request: TextRequest): LinkedText {
  const { graph, bindings, units, exported, stage } = request;
  const pieces = new TextPieces();
  const names = new Names(units, bindings);
  if (stage !== undefined) names.choose(stage, '_stage');
  const used = usedBindings(request);
  const externals = used.filter((binding) => binding.kind === 'external');
  const imports = importStatements(externals, request, names);
  const variables = urlVariables(units, graph, names);
  const namespaces = used.filter((binding) => binding.kind === 'namespace');
  const helper = namespaces.length > 0 ? names.fresh('restage_namespace') : '';
  for (const namespace of namespaces) names.choose(namespace);
  for (const unit of units)
    for (const name of unit.declares) {
      const binding = bindings.unit(unit, name);
      if (binding !== stage) names.choose(binding);
    }
  const renaming: Renaming = {
    bindings,
    nameOf: (binding) => names.of(binding),
    variableOf: (url) => variables.get(url)!,
  };
  pieces.words(imports.text);
  for (const [url, name] of variables) pieces.words(`let ${name}=${JSON.stringify(url)};\n`);
  if (helper !== '') pieces.words(namespaceHelper(helper));
  for (const namespace of namespaces) pieces.words(namespaceText(namespace, helper, bindings, names));
  for (const unit of units) if (unit.kind === 'function') pieces.words(functionName(unit, bindings, names));
  for (const unit of units) addUnit(pieces, unit, request, renaming);
  const list = [...exported].map(([name, binding]) => `${names.of(binding)} as ${exportedAs(name)}`);
  pieces.words(`export{${list.join(',')}};\n`);
  return { pieces, externals: externalsOf(externals, imports.modules, units, graph) };
}

/** In the order of their first use in the text. */
function usedBindings({ units, bindings, exported }: TextRequest): readonly Binding[] {
  const found = new Set<Binding>();
  const add = (binding: Binding): void => {
    if (found.has(binding)) return;
    found.add(binding);
    for (const member of behind(binding, bindings)) add(member);
    if (binding.kind === 'namespace')
      for (const module of bindings.externalStars(binding.file)) add(bindings.external(module, 'namespace'));
  };
  for (const unit of units) for (const binding of bindingsOf(unit, bindings)) add(binding);
  for (const binding of exported.values()) add(binding);
  return [...found];
}

function externalsOf(
  used: readonly (Binding & { readonly kind: 'external' })[],
  imported: readonly ExternalModule[],
  units: readonly Unit[],
  graph: LinkGraph,
): readonly ExternalModule[] {
  const found = new Map<string, ExternalModule>();
  for (const module of [...used.map((binding) => binding.module), ...imported]) found.set(module.url, module);
  for (const { file, uses } of units)
    for (const { source } of uses.dynamicImports) {
      const target = graph.get(file)!.targets.get(literalText(source) ?? '');
      if (target?.kind === 'external') found.set(target.url, target);
    }
  return [...found.values()];
}

/** link.ts knows these variables by their name. */
function urlVariables(units: readonly Unit[], graph: LinkGraph, names: Names): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const add = (url: string): void => {
    if (!variables.has(url)) variables.set(url, names.fresh('import_meta_url', ''));
  };
  for (const { file, uses } of units) {
    const { url, fileUrls } = graph.get(file)!;
    if (uses.moduleUrls.length > 0) add(url);
    for (const { path } of uses.fileUrls) add(fileUrls.get(path)!);
  }
  return variables;
}

function addUnit(pieces: TextPieces, unit: Unit, { graph, trimmed }: TextRequest, renaming: Renaming): void {
  const module = graph.get(unit.file)!;
  const { node, file } = unit;
  const { code } = module;
  const edits = [...trimmed(unit), ...editsOf(unit, module, renaming), ...plainEdits(node, code)];
  const [declared = ''] = unit.declares;
  const name = unit.declares.length === 0 ? '' : renaming.nameOf(renaming.bindings.unit(unit, declared));
  const source = (more: readonly Edit[] = []): TextPieces =>
    pieces.source(file, code, node.start, node.end, [...more, ...edits]);
  switch (unit.kind) {
    case 'statement':
      source().words('\n');
      return;
    case 'variable':
      pieces.words(`${unit.keyword} `);
      source().words(';\n');
      return;
    case 'class':
      // The class's own code refers to it by a name of its own.
      if (name !== declared) pieces.words(`let ${name}=`);
      source().words(name === declared ? '\n' : ';\n');
      return;
    case 'default': {
      const [before, after] = takesDefaultName(unit)
        ? named('default')
        : node.type === 'CallExpression'
          ? ['', '']
          : ['(', ')'];
      pieces.words(`const ${name}=${before}`);
      source().words(`${after};\n`);
      return;
    }
    case 'function':
      source([functionNameEdit(unit, code, name)]).words('\n');
  }
}

function functionNameEdit({ node }: Unit, code: string, name: string): Edit {
  if (node.type === 'FunctionDeclaration' && node.id) return { start: node.id.start, end: node.id.end, text: name };
  const head = /^(?:async\s+)?function\s*\*?\s*/.exec(code.slice(node.start, node.end))?.[0] ?? '';
  const at = node.start + head.length;
  return { start: at, end: at, text: ` ${name}` };
}

/** A function keeps its own name, whatever it is called in the text. */
function functionName(unit: Unit, bindings: Bindings, names: Names): string {
  const [declared = ''] = unit.declares;
  const own = declared === DEFAULT ? 'default' : declared;
  const name = names.of(bindings.unit(unit, declared));
  return name === own ? '' : `Object.defineProperty(${name}, "name", { value: ${JSON.stringify(own)} });\n`;
}

/** As close to Node's namespace objects as an ordinary object can be: sorted, sealed, and always up to date. */
function namespaceHelper(name: string): string {
  return `function ${name}(getters, ...packages) {
  const namespace = { __proto__: null };
  const all = new Map(packages.flatMap((it) => Object.keys(it).filter((key) => key !== "default").map((key) => [key, () => it[key]])));
  for (const [key, get] of Object.entries(getters)) all.set(key, get);
  for (const key of [...all.keys()].sort()) Object.defineProperty(namespace, key, { enumerable: true, get: all.get(key) });
  return Object.preventExtensions(Object.defineProperty(namespace, Symbol.toStringTag, { value: "Module" }));
}
`;
}

function namespaceText(
  namespace: Binding & { readonly kind: 'namespace' },
  helper: string,
  bindings: Bindings,
  names: Names,
): string {
  const getters = bindings
    .exportNames(namespace.file)
    .map((name) => `[${JSON.stringify(name)}]: () => ${names.of(bindings.ofExport(namespace.file, name)!)}`);
  const packages = bindings
    .externalStars(namespace.file)
    .map((module) => `, ${names.of(bindings.external(module, 'namespace'))}`);
  return `const ${names.of(namespace)} = ${helper}({ ${getters.join(', ')} }${packages.join('')});\n`;
}

function exportedAs(name: string): string {
  return /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
}
