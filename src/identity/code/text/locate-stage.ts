/**
 * Finds stages by the literal name in their declaration. A stage must be a module-level export: the values that a
 * closure captured are not visible in its text.
 */
import type { AnyNode, CallExpression, Program } from 'acorn';
import { DefinitionError } from '../../../errors.ts';
import { literalText, nameArgument, walk } from './syntax.ts';

/** A call that looks like `stage({ name: 'literal', ... })`, at any place. */
export interface NamedCall {
  readonly name: string;
  /** Offset in the text that was parsed. */
  readonly start: number;
  /** The name that it can be imported by, if it is a module-level export. */
  readonly exportName: string | undefined;
  readonly inFunction: boolean;
}

/** Such a call, with its place for messages. */
export interface Sighting extends Omit<NamedCall, 'start'> {
  /** `src/score.ts:12:14`. */
  readonly place: string;
  readonly file: string;
}

export interface LocatedStage {
  readonly file: string;
  readonly exportName: string;
}

/** @param code the text of the program, by which most programs are skipped quickly. */
export function namedCalls(program: Program, code: string): readonly NamedCall[] {
  if (!/\bname\b/.test(code)) return [];
  const isOther = otherRestageCalls(program);
  const exported = exportedCalls(program);
  const found: NamedCall[] = [];
  walk(program, (node, inFunction) => {
    if (node.type === 'CallExpression' && !isOther(node)) {
      const name = nameArgument(node);
      if (name !== undefined) found.push({ name, start: node.start, exportName: exported.get(node), inFunction });
    }
    return undefined;
  });
  return found;
}

/** @throws DefinitionError if it is not exported by exactly one module. */
export function locateStage(stage: string, sightings: readonly Sighting[], entry: string): LocatedStage {
  const seen = sightings.filter(({ name }) => name === stage);
  const exported = seen.flatMap(({ exportName, ...rest }) =>
    exportName === undefined ? [] : [{ ...rest, exportName }],
  );
  const [first, second] = exported;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined && second !== undefined)
    throw new DefinitionError(
      `Stage ${stage} is declared twice, at ${first.place} and at ${second.place}; rename one of them: a stage's name must be unique in a pipeline.`,
    );
  const [inside] = seen;
  const rule = `declare it as a module-level \`export const ... = stage({ name: '${stage}', ... })\`, and make every value that varies a declared param, never a closure`;
  if (inside === undefined)
    throw new DefinitionError(
      `Stage ${stage} is not exported, with that literal name, by any module that ${entry} imports; ${rule}.`,
    );
  throw new DefinitionError(
    inside.inFunction
      ? `Stage ${stage} is declared inside a function at ${inside.place}, so the values that it captures are not visible in its code; ${rule}.`
      : `Stage ${stage} is declared at ${inside.place}, but not as an export of that module; ${rule}.`,
  );
}

/** Recognises calls of the other exports of the package "restage", such as `pipeline({ name })`. */
function otherRestageCalls(program: Program): (call: CallExpression) => boolean {
  const imported = new Map<string, string>();
  const namespaces = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration' || statement.source.value !== 'restage') continue;
    for (const specifier of statement.specifiers) {
      if (specifier.type === 'ImportNamespaceSpecifier') namespaces.add(specifier.local.name);
      if (specifier.type === 'ImportSpecifier')
        imported.set(specifier.local.name, nameOf(specifier.imported) ?? specifier.local.name);
    }
  }
  return ({ callee }) => {
    let name: string | undefined;
    if (callee.type === 'Identifier') name = imported.get(callee.name);
    else if (
      callee.type === 'MemberExpression' &&
      callee.object.type === 'Identifier' &&
      namespaces.has(callee.object.name)
    )
      name = nameOf(callee.property);
    return name !== undefined && name !== 'stage' && name !== 'observation';
  };
}

/** The calls whose value is an export of the module, by the name of the export. */
function exportedCalls(program: Program): ReadonlyMap<AnyNode, string> {
  const exports = new Map<string, string>();
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration' && statement.declaration.type === 'Identifier')
      exports.set(statement.declaration.name, 'default');
    if (statement.type !== 'ExportNamedDeclaration' || statement.source) continue;
    for (const specifier of statement.specifiers) {
      const local = nameOf(specifier.local);
      const exported = nameOf(specifier.exported);
      if (local !== undefined && exported !== undefined && !exports.has(local)) exports.set(local, exported);
    }
  }
  const calls = new Map<AnyNode, string>();
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration' && statement.declaration.type === 'CallExpression')
      calls.set(statement.declaration, 'default');
    const isNamed = statement.type === 'ExportNamedDeclaration';
    const declaration = isNamed ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type !== 'Identifier' || init?.type !== 'CallExpression') continue;
      const name = isNamed ? id.name : exports.get(id.name);
      if (name !== undefined) calls.set(init, name);
    }
  }
  return calls;
}

function nameOf(node: AnyNode): string | undefined {
  return node.type === 'Identifier' ? node.name : literalText(node);
}
