/**
 * Which names of a module's top level, or of the world around it, a piece of code refers to. Names that are declared
 * inside the piece (parameters, local variables) are resolved here and do not appear in the answer.
 */
import type {
  AnyNode,
  Class,
  Expression,
  Function as FunctionNode,
  Identifier,
  ImportExpression,
  MemberExpression,
  NewExpression,
  Pattern,
} from 'acorn';
import { boundNames, isFunction, isMetaMember, literalText } from '../syntax.ts';
import { lexicalNames, variableNames } from './declared-names.ts';

/** A scope inside a top-level statement. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: ReadonlySet<string>;
}

/** A use of a name that no scope inside the statement declares. */
export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The innermost scope around it. */
  readonly scope: Scope | undefined;
  /** `{ x }`: a new name needs the key written out. */
  readonly isShorthand: boolean;
  readonly use: 'read' | 'write' | 'binding';
  /** In a function, so not evaluated with the statement itself. */
  readonly isLazy: boolean;
  /** `name.member`, and whether it is called. */
  readonly member: { readonly name: string; readonly end: number; readonly isCalled: boolean } | undefined;
}

/** A function or class without a name that takes the name of what it is assigned to. */
export interface Naming {
  readonly target: Identifier;
  readonly value: Expression;
}

export interface Uses {
  readonly references: readonly Reference[];
  readonly namings: readonly Naming[];
  /** `this` outside of functions and classes. */
  readonly topThis: readonly AnyNode[];
  /** Calls of `eval`, which see every name. */
  readonly directEvals: readonly AnyNode[];
  readonly dynamicImports: readonly ImportExpression[];
  /** `import.meta.url`. */
  readonly moduleUrls: readonly AnyNode[];
  /** `new URL('./file', import.meta.url)`. */
  readonly fileUrls: readonly FileUrl[];
  /** Names that a scope inside declares, wherever they stand. */
  readonly locals: readonly Local[];
}

/** An occurrence of a name that a scope inside the statement declares. */
export interface Local {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The scope that declares it. */
  readonly scope: Scope;
  readonly isShorthand: boolean;
}

export interface FileUrl {
  readonly node: NewExpression;
  /** As written: `./file`. */
  readonly path: string;
}

interface Place {
  readonly scope: Scope | undefined;
  readonly isLazy: boolean;
  readonly isTopThis: boolean;
}

/** @param node a top-level statement or a part of one. */
export function usesIn(node: AnyNode): Uses {
  const uses = new UseCollector();
  uses.visit(node, { scope: undefined, isLazy: false, isTopThis: true });
  return uses;
}

export function declares(scope: Scope | undefined, name: string): boolean {
  return declaringScope(scope, name) !== undefined;
}

function declaringScope(scope: Scope | undefined, name: string): Scope | undefined {
  let at = scope;
  while (at !== undefined && !at.names.has(name)) at = at.parent;
  return at;
}

/** Whether evaluating this gives a function or class that takes its name from the place. */
export function isAnonymous(node: AnyNode): boolean {
  if (node.type === 'ArrowFunctionExpression') return true;
  return (node.type === 'FunctionExpression' || node.type === 'ClassExpression') && !node.id;
}

class UseCollector implements Uses {
  readonly references: Reference[] = [];
  readonly namings: Naming[] = [];
  readonly topThis: AnyNode[] = [];
  readonly directEvals: AnyNode[] = [];
  readonly dynamicImports: ImportExpression[] = [];
  readonly moduleUrls: AnyNode[] = [];
  readonly fileUrls: FileUrl[] = [];
  readonly locals: Local[] = [];

  visit(node: AnyNode, place: Place): void {
    if (isFunction(node)) return this.#function(node, place);
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- all other nodes are their children
    switch (node.type) {
      case 'Identifier':
        return this.#refer(node, place, 'read');
      case 'ThisExpression':
        if (place.isTopThis) this.topThis.push(node);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#class(node, place);
      case 'BlockStatement':
        return this.#all(node.body, within(place, lexicalNames(node.body)));
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        return this.#loop(node, place);
      case 'SwitchStatement': {
        this.visit(node.discriminant, place);
        const statements = node.cases.flatMap(({ consequent }) => consequent);
        return this.#all(node.cases, within(place, lexicalNames(statements)));
      }
      case 'CatchClause': {
        const inner = within(place, node.param ? boundNames(node.param) : []);
        if (node.param) this.#pattern(node.param, inner, 'binding');
        return this.visit(node.body, inner);
      }
      case 'VariableDeclarator':
        this.#pattern(node.id, place, 'binding');
        if (node.init) {
          this.#name(node.id, node.init);
          this.visit(node.init, place);
        }
        return;
      case 'AssignmentExpression':
        this.#pattern(node.left, place, 'write');
        if (/^(?:|\|\||&&|\?\?)=$/.test(node.operator)) this.#name(node.left, node.right);
        return this.visit(node.right, place);
      case 'UpdateExpression':
        return this.#pattern(node.argument as Pattern, place, 'write');
      case 'MemberExpression':
        if (isMetaMember(node, 'url')) this.moduleUrls.push(node);
        return this.#member(node, place, false);
      case 'ImportExpression':
        this.dynamicImports.push(node);
        this.visit(node.source, place);
        if (node.options) this.visit(node.options, place);
        return;
      case 'NewExpression': {
        const path = fileUrlPath(node, place.scope);
        if (path === undefined) return this.#children(node, place);
        this.fileUrls.push({ node, path });
        return this.visit(node.callee, place);
      }
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') this.directEvals.push(node);
        if (node.callee.type === 'MemberExpression') this.#member(node.callee, place, true);
        else this.visit(node.callee, place);
        return this.#all(node.arguments, place);
      case 'TaggedTemplateExpression':
        if (node.tag.type === 'MemberExpression') this.#member(node.tag, place, true);
        else this.visit(node.tag, place);
        return this.visit(node.quasi, place);
      case 'Property':
        if (node.computed) this.visit(node.key, place);
        if (node.shorthand && node.value.type === 'Identifier') return this.#refer(node.value, place, 'read', true);
        return this.visit(node.value, place);
      case 'LabeledStatement':
        return this.visit(node.body, place);
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.visit(node.declaration, place);
        return;
      default:
        return this.#children(node, place);
    }
  }

  #children(node: AnyNode, place: Place): void {
    const members = node as unknown as Readonly<Record<string, unknown>>;
    for (const key in members) {
      const member = members[key];
      if (Array.isArray(member)) this.#all(member, place);
      else if (isNode(member)) this.visit(member, place);
    }
  }

  #all(nodes: readonly unknown[], place: Place): void {
    for (const node of nodes) if (isNode(node)) this.visit(node, place);
  }

  #refer(
    node: Identifier,
    place: Place,
    use: Reference['use'],
    isShorthand = false,
    member?: Reference['member'],
  ): void {
    const { name, start, end } = node;
    const owner = declaringScope(place.scope, name);
    if (owner !== undefined) {
      this.locals.push({ name, start, end, scope: owner, isShorthand });
      return;
    }
    this.references.push({ name, start, end, scope: place.scope, isShorthand, use, isLazy: place.isLazy, member });
  }

  #local({ name, start, end }: Identifier, scope: Scope | undefined): void {
    const owner = declaringScope(scope, name);
    if (owner !== undefined) this.locals.push({ name, start, end, scope: owner, isShorthand: false });
  }

  #member(node: MemberExpression, place: Place, isCalled: boolean): void {
    if (node.object.type === 'Identifier' && !node.computed && node.property.type === 'Identifier' && !node.optional)
      this.#refer(node.object, place, 'read', false, { name: node.property.name, end: node.end, isCalled });
    else this.visit(node.object, place);
    if (node.computed) this.visit(node.property, place);
  }

  #pattern(pattern: Pattern, place: Place, use: 'write' | 'binding'): void {
    switch (pattern.type) {
      case 'Identifier':
        return this.#refer(pattern, place, use);
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element) this.#pattern(element, place, use);
        return;
      case 'RestElement':
        return this.#pattern(pattern.argument, place, use);
      case 'AssignmentPattern':
        this.#pattern(pattern.left, place, use);
        this.#name(pattern.left, pattern.right);
        return this.visit(pattern.right, place);
      case 'MemberExpression':
        return this.visit(pattern, place);
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') {
            this.#pattern(property.argument, place, use);
            continue;
          }
          if (property.computed) this.visit(property.key, place);
          const { value } = property;
          if (!property.shorthand) this.#pattern(value, place, use);
          else if (value.type === 'Identifier') this.#refer(value, place, use, true);
          else if (value.type === 'AssignmentPattern' && value.left.type === 'Identifier') {
            this.#refer(value.left, place, use, true);
            this.#name(value.left, value.right);
            this.visit(value.right, place);
          }
        }
    }
  }

  #name(target: Pattern, value: Expression): void {
    if (target.type === 'Identifier' && isAnonymous(value)) this.namings.push({ target, value });
  }

  #function(node: AnyNode & FunctionNode, place: Place): void {
    const isArrow = node.type === 'ArrowFunctionExpression';
    if (node.type === 'FunctionDeclaration' && node.id) this.#local(node.id, place.scope);
    const own = node.type === 'FunctionExpression' && node.id ? [node.id.name] : [];
    const names = [...own, ...node.params.flatMap(boundNames), ...(isArrow ? [] : ['arguments'])];
    const inner = { ...within(place, names), isLazy: true, isTopThis: isArrow && place.isTopThis };
    if (own.length > 0) this.#local(node.id!, inner.scope);
    for (const parameter of node.params) this.#pattern(parameter, inner, 'binding');
    if (node.body.type !== 'BlockStatement') return this.visit(node.body, inner);
    const { body } = node.body;
    // A default of a parameter does not see the variables of the body.
    this.#all(body, within(inner, [...lexicalNames(body), ...variableNames(node.body)]));
  }

  #class(node: AnyNode & Class, place: Place): void {
    const inner = within(place, node.id ? [node.id.name] : []);
    if (node.id && node.type === 'ClassDeclaration') this.#local(node.id, place.scope);
    if (node.id) this.#local(node.id, inner.scope);
    if (node.superClass) this.visit(node.superClass, inner);
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') {
        const names = [...lexicalNames(member.body), ...member.body.flatMap((it) => [...variableNames(it)])];
        this.#all(member.body, { ...within(inner, names), isTopThis: false });
        continue;
      }
      if (member.computed) this.visit(member.key, inner);
      if (!member.value) continue;
      const isLazy = inner.isLazy || !(member.type === 'PropertyDefinition' && member.static);
      this.visit(member.value, { scope: inner.scope, isLazy, isTopThis: false });
    }
    // A decorator would be here; esbuild has compiled them before.
  }

  #loop(node: AnyNode & { type: 'ForStatement' | 'ForInStatement' | 'ForOfStatement' }, place: Place): void {
    const head = node.type === 'ForStatement' ? node.init : node.left;
    const inner = within(place, head?.type === 'VariableDeclaration' ? lexicalNames([head]) : []);
    if (head) {
      if (node.type === 'ForStatement' || head.type === 'VariableDeclaration') this.visit(head, inner);
      else this.#pattern(head as Pattern, inner, 'write');
    }
    if (node.type === 'ForStatement') {
      if (node.test) this.visit(node.test, inner);
      if (node.update) this.visit(node.update, inner);
    } else this.visit(node.right, inner);
    this.visit(node.body, inner);
  }
}

/** The path in `new URL('./file', import.meta.url)`. */
function fileUrlPath(node: NewExpression, scope: Scope | undefined): string | undefined {
  if (node.callee.type !== 'Identifier' || node.callee.name !== 'URL' || declares(scope, 'URL')) return undefined;
  const [path, base] = node.arguments;
  if (node.arguments.length !== 2 || base === undefined || !isMetaMember(base, 'url')) return undefined;
  const text = literalText(path);
  return text !== undefined && /^\.\.?\//.test(text) ? text : undefined;
}

function within(place: Place, names: readonly string[]): Place {
  return names.length === 0 ? place : { ...place, scope: { parent: place.scope, names: new Set(names) } };
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
