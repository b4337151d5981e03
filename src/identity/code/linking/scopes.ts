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
import { boundNames, isFunction, isMetaMember, literalText } from '../text/syntax.ts';
import { lexicalNames, variableNames } from './declared-names.ts';
import {
  declares,
  declaringScope,
  type FileUrl,
  type Local,
  type Naming,
  type Reference,
  type Scope,
  type Uses,
} from './uses.ts';

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
    if (isFunction(node)) {
      this.#function(node, place);
      return;
    }
    switch (node.type) {
      case 'Identifier': {
        this.#refer(node, place, 'read');
        return;
      }
      case 'ThisExpression':
        if (place.isTopThis) this.topThis.push(node);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression': {
        this.#class(node, place);
        return;
      }
      case 'BlockStatement': {
        this.#all(node.body, within(place, lexicalNames(node.body)));
        return;
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement': {
        this.#loop(node, place);
        return;
      }
      case 'SwitchStatement': {
        this.visit(node.discriminant, place);
        const statements = node.cases.flatMap(({ consequent }) => consequent);
        this.#all(node.cases, within(place, lexicalNames(statements)));
        return;
      }
      case 'CatchClause': {
        const inner = within(place, node.param ? boundNames(node.param) : []);
        if (node.param) this.#pattern(node.param, inner, 'binding');
        this.visit(node.body, inner);
        return;
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
        {
          this.visit(node.right, place);
          return;
        }
      case 'UpdateExpression': {
        this.#pattern(node.argument as Pattern, place, 'write');
        return;
      }
      case 'MemberExpression':
        if (isMetaMember(node, 'url')) this.moduleUrls.push(node);
        {
          this.#member(node, place, false);
          return;
        }
      case 'ImportExpression':
        this.dynamicImports.push(node);
        this.visit(node.source, place);
        if (node.options) this.visit(node.options, place);
        return;
      case 'NewExpression': {
        const path = fileUrlPath(node, place.scope);
        if (path === undefined) {
          this.#children(node, place);
          return;
        }
        this.fileUrls.push({ node, path });
        this.visit(node.callee, place);
        return;
      }
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') this.directEvals.push(node);
        if (node.callee.type === 'MemberExpression') this.#member(node.callee, place, true);
        else this.visit(node.callee, place);
        {
          this.#all(node.arguments, place);
          return;
        }
      case 'TaggedTemplateExpression':
        if (node.tag.type === 'MemberExpression') this.#member(node.tag, place, true);
        else this.visit(node.tag, place);
        {
          this.visit(node.quasi, place);
          return;
        }
      case 'Property':
        if (node.computed) this.visit(node.key, place);
        if (node.shorthand && node.value.type === 'Identifier') {
          this.#refer(node.value, place, 'read', true);
          return;
        }
        {
          this.visit(node.value, place);
          return;
        }
      case 'LabeledStatement': {
        this.visit(node.body, place);
        return;
      }
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.visit(node.declaration, place);
        return;
      default: {
        this.#children(node, place);
        return;
      }
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
      case 'Identifier': {
        this.#refer(pattern, place, use);
        return;
      }
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element) this.#pattern(element, place, use);
        return;
      case 'RestElement': {
        this.#pattern(pattern.argument, place, use);
        return;
      }
      case 'AssignmentPattern':
        this.#pattern(pattern.left, place, use);
        this.#name(pattern.left, pattern.right);
        {
          this.visit(pattern.right, place);
          return;
        }
      case 'MemberExpression': {
        this.visit(pattern, place);
        return;
      }
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
    if (node.body.type !== 'BlockStatement') {
      this.visit(node.body, inner);
      return;
    }
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
