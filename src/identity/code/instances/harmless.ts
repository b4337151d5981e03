/**
 * Proves of a stage's text that it changes nothing that all code of a process shares: no global, no intrinsic, no
 * built-in module, no package. The executor then need not look for such changes after an attempt.
 *
 * The proof fails closed: what is not known to be harmless is not. It goes by names, whatever their scope. Two ways to
 * a shared object remain, through a key that is computed while the stage runs; executors look at what lies at their
 * end, the prototypes of plain objects, arrays and functions, after every attempt.
 */
import type { AnyNode, Identifier, Program } from 'acorn';
import { literalText } from '../text/syntax.ts';

/** @param packageOf the package that a specifier imports, where it is known */
export function isHarmless(program: Program, packageOf: (source: string) => string | undefined): boolean {
  const imported = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration') continue;
    const source = literalText(statement.source)!;
    const known = packageOf(source);
    // What restage exports is functions that keep nothing.
    if (known === 'restage') continue;
    if (known !== 'zod' && !HARMLESS_MODULES.has(source.replace(/^node:/, ''))) return false;
    for (const specifier of statement.specifiers) {
      const isForbidden =
        specifier.type === 'ImportSpecifier' &&
        specifier.imported.type === 'Identifier' &&
        FORBIDDEN_KEYS.has(specifier.imported.name);
      if (isForbidden) return false;
      imported.add(specifier.local.name);
    }
  }
  return isFine(program, [], imported);
}

/** `parents`: from the outermost to the node's own. */
function isFine(node: AnyNode, parents: AnyNode[], imported: ReadonlySet<string>): boolean {
  if (node.type === 'ImportDeclaration') return true;
  if (UNKNOWABLE.has(node.type)) return false;
  if (node.type === 'Literal' && typeof node.value === 'string' && FORBIDDEN_KEYS.has(node.value)) return false;
  if (node.type === 'TemplateElement') return !FORBIDDEN_KEYS.has(node.value.cooked ?? '');
  if (node.type === 'Identifier') return isFineName(node, parents, imported);
  parents.push(node);
  const members = node as unknown as Readonly<Record<string, unknown>>;
  for (const key in members) {
    const member = members[key];
    for (const child of Array.isArray(member) ? (member as readonly unknown[]) : [member])
      if (isNode(child) && !isFine(child, parents, imported)) return false;
  }
  parents.pop();
  return true;
}

function isFineName(node: Identifier, parents: readonly AnyNode[], imported: ReadonlySet<string>): boolean {
  const { name } = node;
  const parent = parents.at(-1)!;
  const isKey =
    (parent.type === 'MemberExpression' && parent.property === node && !parent.computed) ||
    ((parent.type === 'Property' || parent.type === 'MethodDefinition' || parent.type === 'PropertyDefinition') &&
      parent.key === node &&
      !parent.computed &&
      !(parent.type === 'Property' && parent.shorthand));
  if (isKey) {
    if (parent.type === 'MethodDefinition' && parent.kind === 'constructor') return true;
    return !FORBIDDEN_KEYS.has(name);
  }
  if (imported.has(name)) return isCallee(node, parents) || isReadMember(node, parents);
  if (!GLOBAL_NAMES.has(name)) return true;
  if (CONSTANTS.has(name)) return true;
  if (!HARMLESS_GLOBALS.has(name)) return false;
  if (isCallee(node, parents) || isReadMember(node, parents)) return true;
  if (parent.type === 'UnaryExpression') return parent.operator === 'typeof';
  if (parent.type === 'BinaryExpression') return parent.operator === 'instanceof' && parent.right === node;
  if (parent.type === 'ClassDeclaration' || parent.type === 'ClassExpression') return parent.superClass === node;
  return isGivenToArray(node, parent);
}

/** `f(...)` or `new F(...)`. */
function isCallee(node: AnyNode, parents: readonly AnyNode[]): boolean {
  const parent = parents.at(-1);
  return (parent?.type === 'CallExpression' || parent?.type === 'NewExpression') && parent.callee === node;
}

/** `Math.max`, which is neither written nor the start of what is written. */
function isReadMember(node: AnyNode, parents: readonly AnyNode[]): boolean {
  const member = parents.at(-1);
  if (member?.type !== 'MemberExpression' || member.object !== node || member.computed) return false;
  // A function that is called, or a number: what is reached through it is not shared.
  const outer = parents.at(-2);
  if (outer === undefined) return true;
  if (outer.type === 'MemberExpression') return outer.object === member && isMethodOfResult(outer, parents.at(-3));
  if (outer.type === 'AssignmentExpression') return outer.left !== member;
  if (outer.type === 'Property') return parents.at(-3)?.type !== 'ObjectPattern';
  if (outer.type === 'UnaryExpression') return outer.operator !== 'delete';
  return !WRITING.has(outer.type);
}

/** `Object.keys.call(...)`, and nothing else: a longer path may end in something that is written. */
function isMethodOfResult(outer: AnyNode, call: AnyNode | undefined): boolean {
  return (
    outer.type === 'MemberExpression' &&
    !outer.computed &&
    outer.property.type === 'Identifier' &&
    /^(call|apply|bind)$/.test(outer.property.name) &&
    call?.type === 'CallExpression' &&
    call.callee === outer
  );
}

/** `words.map(Number)`. */
function isGivenToArray(node: AnyNode, parent: AnyNode): boolean {
  return (
    parent.type === 'CallExpression' &&
    parent.arguments.some((argument) => argument === node) &&
    parent.callee.type === 'MemberExpression' &&
    !parent.callee.computed &&
    parent.callee.property.type === 'Identifier' &&
    /^(map|filter|some|every|find|flatMap)$/.test(parent.callee.property.name)
  );
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Modules whose functions change nothing that is shared, apart from those that are forbidden as keys. */
const HARMLESS_MODULES = words(
  'assert assert/strict buffer crypto fs fs/promises os path path/posix perf_hooks readline stream/promises string_decoder timers timers/promises url util zlib',
);

const UNKNOWABLE: ReadonlySet<string> = new Set(['ImportExpression', 'MetaProperty', 'WithStatement']);

/** Those in which a member is, or may be, written. */
const WRITING = words(
  'UpdateExpression ForInStatement ForOfStatement AssignmentPattern ArrayPattern RestElement ChainExpression',
);

/** They lead to a shared object, or change one. */
const FORBIDDEN_KEYS = words(`
  __proto__ prototype constructor __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ caller callee
  getPrototypeOf setPrototypeOf setEngine setFips setPriority inherits defaultOptions promises constants
  globalRegistry config prepareStackTrace poolSize webcrypto`);

const CONSTANTS = words('undefined NaN Infinity');

/** Those that may be called, extended, and asked for their members. */
const HARMLESS_GLOBALS = words(`
  AbortController AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean Buffer DataView Date
  Error EvalError FinalizationRegistry Float32Array Float64Array Int16Array Int32Array Int8Array Intl JSON Map Math Number
  Object Promise RangeError ReferenceError RegExp Set SharedArrayBuffer String Symbol SyntaxError TextDecoder TextEncoder
  TypeError URIError URL URLSearchParams Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet
  atob btoa clearImmediate clearInterval clearTimeout console decodeURI decodeURIComponent encodeURI encodeURIComponent
  isFinite isNaN parseFloat parseInt performance queueMicrotask setImmediate setInterval setTimeout structuredClone`);

const GLOBAL_NAMES: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(globalThis),
  ...words('arguments eval require module exports'),
]);

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
