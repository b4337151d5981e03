/**
 * What one module of an installed package loads, as far as its text says it, and whether its text says all of it.
 * Packages are not refused for what cannot be seen: the caller takes more of the package into account.
 */
import { type AnyNode, type CallExpression, parse, type Program } from 'acorn';
import { literalText, walk } from '../text/syntax.ts';
import { hidesByLoading } from './open-ended.ts';

/** With which conditions of package.json a specifier is resolved. */
export type LoadKind = 'import' | 'require';

/**
 * What may be loaded that the text does not name. `files`: any file of the package, as data. `code`: any module of the
 * package or of a package that it depends on.
 */
export type Hidden = 'nothing' | 'files' | 'code';

export interface Scan {
  /** Sorted, each once. */
  readonly loads: readonly (readonly [specifier: string, kind: LoadKind])[];
  readonly hidden: Hidden;
  /** Specifiers of which only the place is asked for: then any file beside it may be read. */
  readonly located: readonly string[];
}

export function scanModule(text: string): Scan {
  const program = parsed(text);
  // Node may well execute what this parser does not know yet.
  if (program === undefined) return { loads: [], hidden: 'code', located: [] };
  const scanner = new Scanner();
  walk(program, (node) => scanner.visit(node));
  return scanner.result();
}

class Scanner {
  readonly #loads = new Map<string, readonly [string, LoadKind]>();
  readonly #located = new Set<string>();
  /** Nodes that say nothing any more, or nothing of this kind. */
  readonly #accounted = new Set<AnyNode>();
  #hidden: Hidden = 'nothing';
  #evaluates = false;
  #namesLoading = false;

  visit(node: AnyNode): 'skip' | undefined {
    if (
      node.type === 'ImportDeclaration' ||
      node.type === 'ExportAllDeclaration' ||
      node.type === 'ExportNamedDeclaration' ||
      node.type === 'ImportExpression'
    ) {
      const specifier = literalText(node.source);
      if (specifier !== undefined) this.#load(specifier, 'import');
      else if (node.type === 'ImportExpression') this.#hide('code');
    } else if (node.type === 'CallExpression') this.#call(node);
    else if (node.type === 'UnaryExpression' && node.operator === 'typeof') this.#accounted.add(node.argument);
    // `module && module.require && module.require('util')`: the left side is only tested.
    else if (node.type === 'LogicalExpression' && node.operator === '&&') this.#tests(node.left);
    else if (node.type === 'MemberExpression') return this.#member(node);
    else if (node.type === 'MetaProperty') this.#hide(node.meta.name === 'import' ? 'code' : 'nothing');
    else if (node.type === 'Property' || node.type === 'PropertyDefinition' || node.type === 'MethodDefinition') {
      if (!node.computed && !('shorthand' in node && node.shorthand)) this.#accounted.add(node.key);
    } else if (node.type === 'Identifier') this.#name(node);
    else if (node.type === 'Literal' && typeof node.value === 'string') this.#text(node.value);
    else if (node.type === 'TemplateElement') this.#text(node.value.raw);
    return undefined;
  }

  result(): Scan {
    const loads = [...this.#loads].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, load]) => load);
    const hidden = this.#evaluates && this.#namesLoading ? 'code' : this.#hidden;
    return { loads, hidden, located: [...this.#located].sort() };
  }

  #hide(hidden: Hidden): void {
    if (hidden === 'code' || (hidden === 'files' && this.#hidden === 'nothing')) this.#hidden = hidden;
  }

  #load(specifier: string, kind: LoadKind): void {
    this.#loads.set(`${specifier}\0${kind}`, [specifier, kind]);
    if (hidesByLoading(specifier)) this.#hide('code');
  }

  /** A call with one literal of `require`, `module.require`, `require.resolve` or `import.meta.resolve`. */
  #call({ callee, arguments: [argument, ...more] }: CallExpression): void {
    const specifier = more.length > 0 ? undefined : literalText(argument);
    if (specifier === undefined) return;
    if (callee.type === 'Identifier' && callee.name === 'require') {
      this.#accounted.add(callee);
      this.#load(specifier, 'require');
    }
    if (callee.type !== 'MemberExpression' || callee.computed) return;
    const name = nameOf(callee.property);
    const isRequire = nameOf(callee.object) === 'require';
    const isMeta = callee.object.type === 'MetaProperty' && callee.object.meta.name === 'import';
    if (name === 'require') {
      this.#accounted.add(callee);
      this.#load(specifier, 'require');
    } else if (name === 'resolve' && (isRequire || isMeta)) {
      this.#accounted.add(callee).add(callee.object);
      this.#located.add(specifier);
      this.#load(specifier, isMeta ? 'import' : 'require');
    }
  }

  #tests(left: AnyNode): void {
    if (left.type === 'MemberExpression') this.#accounted.add(left);
    else if (left.type === 'LogicalExpression' && left.operator === '&&') {
      this.#tests(left.left);
      this.#tests(left.right);
    }
  }

  #member(node: AnyNode & { readonly type: 'MemberExpression' }): 'skip' | undefined {
    if (!node.computed) this.#accounted.add(node.property);
    if (this.#accounted.has(node)) return node.object.type === 'MetaProperty' ? 'skip' : undefined;
    const name = node.computed ? literalText(node.property) : nameOf(node.property);
    if (name !== undefined && REACHING.has(name)) this.#hide('code');
    if (node.object.type !== 'MetaProperty' || name === undefined || name === 'resolve') return undefined;
    // Other members are a bundler's, and undefined in Node.
    if (META_PLACES.has(name)) this.#hide('files');
    return 'skip';
  }

  #name(node: AnyNode & { readonly type: 'Identifier' }): void {
    if (this.#accounted.has(node)) return;
    if (REACHING.has(node.name)) this.#hide('code');
    if (PLACES.has(node.name)) this.#hide('files');
    if (EVALUATING.has(node.name)) this.#evaluates = true;
  }

  #text(text: string): void {
    if (LOADING.test(text)) this.#namesLoading = true;
  }
}

function nameOf(node: AnyNode): string | undefined {
  return node.type === 'Identifier' ? node.name : undefined;
}

function parsed(text: string): Program | undefined {
  const shared = { ecmaVersion: 'latest', allowHashBang: true } as const;
  try {
    return parse(text, { ...shared, sourceType: 'module' });
  } catch {
    try {
      return parse(text, { ...shared, sourceType: 'script', allowReturnOutsideFunction: true });
    } catch {
      return undefined;
    }
  }
}

/** Names that lead to Node's loader; `require` counts where it is more than called with a literal. */
const REACHING: ReadonlySet<string> = new Set([
  'require',
  'createRequire',
  '_load',
  '_resolveFilename',
  'mainModule',
  'dlopen',
  'getBuiltinModule',
]);

const PLACES: ReadonlySet<string> = new Set(['__dirname', '__filename']);
const META_PLACES: ReadonlySet<string> = new Set(['url', 'dirname', 'filename']);

/** With these, a string becomes code. */
const EVALUATING: ReadonlySet<string> = new Set(['eval', 'Function']);
const LOADING = /\bimport\s*\(|\brequire\b/;
