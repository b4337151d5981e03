/** The changes to a unit's text: names as the linked text has them, and one form for what can be written in several. */
import type { AnyNode } from 'acorn';
import { literalText, walk } from '../text/syntax.ts';
import type { Binding, Bindings } from './bindings.ts';
import type { LinkedModule } from './link-graph.ts';
import type { Unit } from './module-record.ts';
import type { Edit } from './text-pieces.ts';

export interface Renaming {
  readonly bindings: Bindings;
  readonly nameOf: (binding: Binding) => string;
  /** The variable that has a URL. */
  readonly variableOf: (url: string) => string;
}

export function editsOf(unit: Unit, module: LinkedModule, renaming: Renaming): readonly Edit[] {
  return [...referenceEdits(unit, renaming), ...namingEdits(unit, renaming), ...worldEdits(unit, module, renaming)];
}

/** `a["b"]` and `{ "b": 1 }` without quotes. The code was printed by esbuild, which leaves no space there. */
export function plainEdits(node: AnyNode, code: string): readonly Edit[] {
  const edits: Edit[] = [];
  // Quotes and brackets need no space beside a word, as in `a["b"]in c` and `get"x"()`.
  const before = (at: number): string => (/[\w$]/.test(code.charAt(at - 1)) ? ' ' : '');
  const after = (at: number): string => (/[\w$]/.test(code.charAt(at)) ? ' ' : '');
  walk(node, (at) => {
    if (at.type === 'MemberExpression' && at.computed && at.object.type !== 'Literal') {
      const name = identifierText(at.property);
      const end = at.property.end + 1;
      if (name !== undefined)
        edits.push({ start: at.property.start - 1, end, text: `${at.optional ? '' : '.'}${name}${after(end)}` });
    }
    if (at.type === 'Property' && !at.computed && !at.shorthand) {
      const name = identifierText(at.key);
      if (name !== undefined && name !== '__proto__')
        edits.push({ start: at.key.start, end: at.key.end, text: `${before(at.key.start)}${name}` });
    }
    return undefined;
  });
  return edits;
}

/** `{ f: () => 1 }.f`: an expression whose function or class has this name. */
export function named(name: string): readonly [before: string, after: string] {
  return [`({ ${JSON.stringify(name)}: `, ` })[${JSON.stringify(name)}]`];
}

function referenceEdits(unit: Unit, { bindings, nameOf }: Renaming): readonly Edit[] {
  return bindings.referencesOf(unit).flatMap(({ reference, binding, end }) => {
    const { name, start, isShorthand } = reference;
    const text = nameOf(binding);
    if (text === name && end === reference.end) return [];
    return [{ start, end, text: isShorthand ? `${name}: ${text}` : text }];
  });
}

function namingEdits(unit: Unit, { bindings, nameOf }: Renaming): readonly Edit[] {
  const edits: Edit[] = [];
  const renamed = new Map(
    bindings
      .referencesOf(unit)
      .filter(({ reference, binding }) => nameOf(binding) !== reference.name)
      .map(({ reference }) => [reference.start, reference.name]),
  );
  for (const { target, value } of unit.uses.namings) {
    const name = renamed.get(target.start);
    if (name === undefined) continue;
    const [before, after] = named(name);
    edits.push({ start: value.start, end: value.start, text: before });
    edits.push({ start: value.end, end: value.end, text: after });
  }
  return edits;
}

function worldEdits(unit: Unit, module: LinkedModule, { bindings, nameOf, variableOf }: Renaming): readonly Edit[] {
  const { topThis, dynamicImports, moduleUrls, fileUrls } = unit.uses;
  const edits: Edit[] = topThis.map(({ start, end }) => ({ start, end, text: '(void 0)' }));
  for (const { start, end } of moduleUrls) edits.push({ start, end, text: variableOf(module.url) });
  for (const { node, path } of fileUrls) {
    const [first] = node.arguments;
    edits.push({ start: first!.start, end: node.end, text: `${variableOf(module.fileUrls.get(path)!)})` });
  }
  for (const { start, end, source } of dynamicImports) {
    const target = module.targets.get(literalText(source) ?? '');
    if (target?.kind === 'external')
      edits.push({ start: source.start, end: source.end, text: JSON.stringify(target.url) });
    if (target?.kind === 'module') {
      const namespace = nameOf(bindings.namespace(target.file));
      edits.push({ start, end, text: `Promise.resolve().then(() => ${namespace})` });
    }
  }
  return edits;
}

function identifierText(node: AnyNode): string | undefined {
  const text = node.type === 'Literal' ? literalText(node) : undefined;
  return text !== undefined && /^[A-Za-z_$][\w$]*$/.test(text) ? text : undefined;
}
