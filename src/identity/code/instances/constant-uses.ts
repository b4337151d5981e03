/**
 * Whether the functions of a module use what it keeps without changing it and without passing it on: whoever has a list
 * in another variable may change it there. By names, whatever their scope; see constant-instance.ts.
 */
import type { AnyNode, Identifier, Program } from 'acorn';
import { isFunction } from '../text/syntax.ts';

/**
 * What a module keeps under a name. `list`: an array or object of primitives. `schema`: one of zod. `pattern`: a
 * regular expression that remembers nothing. `parts`: an object or array of schemas. `material`: what only restage is
 * given.
 */
export type Kept = 'primitive' | 'list' | 'function' | 'schema' | 'pattern' | 'parts' | 'material';

export function keepsConstants(
  program: Program,
  kept: ReadonlyMap<string, Kept>,
  ofRestage: ReadonlySet<string>,
): boolean {
  return new Uses(kept, ofRestage).areFine(program, false, false);
}

class Uses {
  readonly #kept: ReadonlyMap<string, Kept>;
  readonly #ofRestage: ReadonlySet<string>;
  /** From the outermost to the parent of the node that is looked at. */
  readonly #above: AnyNode[] = [];

  constructor(kept: ReadonlyMap<string, Kept>, ofRestage: ReadonlySet<string>) {
    this.#kept = kept;
    this.#ofRestage = ofRestage;
  }

  areFine(node: AnyNode, inFunction: boolean, inClass: boolean): boolean {
    if (node.type === 'Identifier') return !inFunction || isName(node, this.#above) || this.#isFine(node);
    // Outside of a class, `this` may be the stage.
    if ((node.type === 'ThisExpression' || node.type === 'Super') && !inClass) return false;
    const below = [inFunction || isFunction(node), inClass || node.type === 'ClassBody'] as const;
    this.#above.push(node);
    const members = node as unknown as Readonly<Record<string, unknown>>;
    for (const key in members) {
      const member = members[key];
      for (const child of Array.isArray(member) ? (member as readonly unknown[]) : [member])
        if (isNode(child) && !this.areFine(child, ...below)) return false;
    }
    this.#above.pop();
    return true;
  }

  #isFine(node: Identifier): boolean {
    const kind = this.#kept.get(node.name);
    const above = (steps: number): AnyNode => this.#above.at(-steps) ?? this.#above[0]!;
    const [parent, outer, outermost] = [above(1), above(2), above(3)];
    if (kind === undefined) return !this.#ofRestage.has(node.name) || isUsedAsFunction(node, parent, outer);
    switch (kind) {
      case 'primitive':
        return true;
      case 'function':
        // A function that is passed on may be given members.
        return parent.type === 'CallExpression' && parent.callee === node;
      case 'list':
        return isRead(node, parent, outer, outermost);
      case 'schema':
        return isCalled(node, parent, outer, PARSING);
      case 'pattern':
        return isCalled(node, parent, outer, MATCHING);
      case 'parts':
      case 'material':
        return false;
    }
  }
}

/** Whether no more than primitives come out of a list. */
function isRead(node: Identifier, parent: AnyNode, outer: AnyNode, outermost: AnyNode): boolean {
  switch (parent.type) {
    case 'SpreadElement':
      return true;
    case 'ForOfStatement':
    case 'ForInStatement':
      return parent.right === node;
    case 'VariableDeclarator':
      return parent.init === node && parent.id.type !== 'Identifier';
    case 'BinaryExpression':
      return parent.operator === 'in' && parent.right === node;
    case 'MemberExpression':
      if (parent.object !== node || parent.optional) return false;
      if (outer.type === 'Property') return outer.value === parent && outermost.type === 'ObjectExpression';
      return outer.type === 'CallExpression' && outer.callee === parent
        ? isCalled(node, parent, outer, COPYING) || isGivenElements(node, parent, outer)
        : isReadFrom(parent, outer);
    default:
      return false;
  }
}

/** `name.method(...)`. */
function isCalled(node: AnyNode, member: AnyNode, call: AnyNode, methods: ReadonlySet<string>): boolean {
  return (
    member.type === 'MemberExpression' &&
    member.object === node &&
    !member.computed &&
    !member.optional &&
    member.property.type === 'Identifier' &&
    methods.has(member.property.name) &&
    call.type === 'CallExpression' &&
    call.callee === member
  );
}

/** `list.map((value, index) => ...)`: one more parameter would be the list. */
function isGivenElements(node: AnyNode, member: AnyNode, call: AnyNode): boolean {
  if (!isCalled(node, member, call, EACH) || call.type !== 'CallExpression') return false;
  const [callback] = call.arguments;
  const isReduce = member.type === 'MemberExpression' && /^reduce/.test((member.property as Identifier).name);
  return (
    callback?.type === 'ArrowFunctionExpression' &&
    callback.params.length <= (isReduce ? 3 : 2) &&
    callback.params.every((param) => param.type !== 'RestElement')
  );
}

/** Neither written nor called. */
function isReadFrom(member: AnyNode, outer: AnyNode): boolean {
  switch (outer.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'ConditionalExpression':
    case 'TemplateLiteral':
    case 'ReturnStatement':
    case 'ArrowFunctionExpression':
    case 'VariableDeclarator':
    case 'IfStatement':
    case 'ArrayExpression':
    case 'MemberExpression':
      return true;
    case 'CallExpression':
    case 'NewExpression':
      return outer.callee !== member;
    case 'UnaryExpression':
      return outer.operator !== 'delete';
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return outer.right === member;
    default:
      return false;
  }
}

/** Any stage may call restage's own functions, and none may change them. */
function isUsedAsFunction(node: AnyNode, parent: AnyNode, outer: AnyNode): boolean {
  if (parent.type === 'CallExpression' || parent.type === 'NewExpression') return parent.callee === node;
  if (parent.type === 'BinaryExpression') return parent.operator === 'instanceof' && parent.right === node;
  return (
    parent.type === 'MemberExpression' && parent.object === node && outer.type === 'CallExpression' && !parent.computed
  );
}

/** The name of a member, of a property or of a function, not of a variable that is used. */
function isName(node: Identifier, above: readonly AnyNode[]): boolean {
  const parent = above.at(-1)!;
  if (isFunction(parent)) return parent.id === node;
  if (parent.type === 'MemberExpression') return parent.property === node && !parent.computed;
  if (parent.type === 'Property') return parent.key === node && !parent.computed && !parent.shorthand;
  return (
    (parent.type === 'MethodDefinition' || parent.type === 'PropertyDefinition') &&
    parent.key === node &&
    !parent.computed
  );
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const PARSING = words('parse safeParse parseAsync safeParseAsync');
const MATCHING = words('test exec');
/** Methods of arrays that change nothing, and call nobody with the array. */
const COPYING = words(`
  at concat entries flat includes indexOf join keys lastIndexOf slice toReversed toSorted toSpliced toString values with`);
const EACH = words(`
  every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some`);

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
