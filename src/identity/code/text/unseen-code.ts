/** Ways of getting at code and data that no import shows, so that they could change without the stage's digest. */
import type { AnyNode, CallExpression, ImportDeclaration, NewExpression, Program } from 'acorn';
import { isMetaMember, literalText, walk } from './syntax.ts';

export interface RuleDiagnostic {
  /**
   * `statement`: runs when the module is imported; refused in the user's project only. `unbundlable`: would not work,
   * or not be visible, in a bundle; refused everywhere.
   */
  readonly kind: 'statement' | 'unbundlable';
  /** Offset in the text that was parsed. */
  readonly start: number;
  /** What it is and what to do about it, to follow the place in a sentence. */
  readonly what: string;
}

export function unseenCode(program: Program): readonly RuleDiagnostic[] {
  const found: RuleDiagnostic[] = [];
  const add = (node: AnyNode, what: string | undefined): void => {
    if (what !== undefined) found.push({ kind: 'unbundlable', start: node.start, what });
  };
  const starters = new Map<string, string>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration' && statement.type !== 'ExportNamedDeclaration') continue;
    const from = /^(?:node:)?(module|worker_threads|child_process)$/.exec(literalText(statement.source) ?? '')?.[1];
    if (from === undefined) continue;
    for (const { name, local, node } of importedNames(statement)) {
      if (from === 'module' && LOADERS.has(name)) add(node, REQUIRE(name));
      if (from !== 'module' && (name === 'Worker' || name === 'fork')) starters.set(local, name);
      if (from !== 'module' && (name === '*' || name === 'default')) starters.set(`${local}.*`, name);
    }
  }
  walk(program, (node) => {
    add(node, ofNode(node, starters));
    return isMetaMember(node) ? 'skip' : undefined;
  });
  return found;
}

/** Of node:module: what loads code by name, or changes how it is loaded. */
const LOADERS = new Set(['createRequire', 'register', 'registerHooks', 'Module', 'default', '_load', 'runMain']);

const REQUIRE = (name: string): string =>
  `${name === 'default' ? 'the default export of node:module' : name}, which loads code and JSON that cannot be hashed; use import, for JSON: import data from './data.json' with { type: 'json' }`;

const started = (name: string): string =>
  `a use of ${name}, which runs a file whose code cannot be hashed; do its work in the stage itself, or in stages of its own: restage runs them in parallel processes`;

function ofNode(node: AnyNode, starters: ReadonlyMap<string, string>): string | undefined {
  switch (node.type) {
    case 'ImportExpression': {
      const specifier = literalText(node.source);
      if (specifier === undefined)
        return 'import() of a path that is not a literal, so its code cannot be hashed; write the path out, one import() for each';
      return /^(?:node:)?module$/.test(specifier) ? REQUIRE('import() of node:module') : undefined;
    }
    case 'MetaProperty':
      if (node.meta.name !== 'import') return undefined;
      return 'a use of import.meta other than import.meta.url, which would name the bundle; use fileURLToPath(import.meta.url)';
    case 'MemberExpression':
      if (isMetaMember(node, 'resolve'))
        return "import.meta.resolve(), whose file cannot be hashed; write new URL('./file', import.meta.url), or import the file";
      if (isMetaMember(node) && !isMetaMember(node, 'url'))
        return 'a use of import.meta other than import.meta.url, which would name the bundle; use fileURLToPath(import.meta.url)';
      return ofMember(node.computed ? literalText(node.property) : nameIn(node.property));
    case 'ObjectPattern':
      return node.properties
        .map((it) => (it.type === 'Property' && !it.computed ? ofMember(nameIn(it.key)) : undefined))
        .find((it) => it !== undefined);
    case 'CallExpression':
    case 'NewExpression':
      return ofCall(node, starters);
    default:
      return undefined;
  }
}

function ofMember(name: string | undefined): string | undefined {
  if (name === 'createRequire') return REQUIRE(name);
  if (name === 'mainModule') return REQUIRE('process.mainModule');
  return undefined;
}

function ofCall(node: CallExpression | NewExpression, starters: ReadonlyMap<string, string>): string | undefined {
  const { callee } = node;
  const name = callee.type === 'MemberExpression' ? nameIn(callee.property) : nameIn(callee);
  const [first, second] = node.arguments;
  if (name === 'getBuiltinModule') {
    const specifier = literalText(first);
    if (specifier === undefined || /^(?:node:)?module$/.test(specifier)) return REQUIRE('process.getBuiltinModule()');
  }
  const starter =
    callee.type === 'Identifier'
      ? starters.get(callee.name)
      : callee.type === 'MemberExpression' &&
          callee.object.type === 'Identifier' &&
          starters.get(`${callee.object.name}.*`) !== undefined
        ? name
        : undefined;
  if (starter !== 'Worker' && starter !== 'fork') return undefined;
  // The code of such a worker is a text in the stage itself.
  return starter === 'Worker' && isEvaluated(second) ? undefined : started(starter);
}

function isEvaluated(options: AnyNode | undefined): boolean {
  return (
    options?.type === 'ObjectExpression' &&
    options.properties.some(
      (it) =>
        it.type === 'Property' && nameIn(it.key) === 'eval' && it.value.type === 'Literal' && it.value.value === true,
    )
  );
}

function importedNames(
  statement: ImportDeclaration | (AnyNode & { type: 'ExportNamedDeclaration' }),
): readonly { readonly name: string; readonly local: string; readonly node: AnyNode }[] {
  if (statement.type === 'ExportNamedDeclaration')
    return statement.specifiers.map((node) => ({ name: nameIn(node.local) ?? '', local: '', node }));
  return statement.specifiers.map((node) => {
    if (node.type === 'ImportSpecifier') return { name: nameIn(node.imported) ?? '', local: node.local.name, node };
    return { name: node.type === 'ImportDefaultSpecifier' ? 'default' : '*', local: node.local.name, node };
  });
}

function nameIn(node: AnyNode): string | undefined {
  return node.type === 'Identifier' ? node.name : literalText(node);
}
