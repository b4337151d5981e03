/** Walks acorn's syntax trees: the few syntax questions that the modules of this folder ask. */
import type { AnyNode, CallExpression, Function as FunctionNode, Pattern, Program } from 'acorn';
import { parse } from 'acorn';

export function parseModule(code: string): Program {
  return parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
}

export function isFunction(node: AnyNode): node is AnyNode & FunctionNode {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

/** Calls `visit` for the node and everything under it, from the outside in, until it returns 'skip' for a subtree. */
export function walk(node: AnyNode, visit: (node: AnyNode, inFunction: boolean) => 'skip' | undefined): void {
  const step = (at: AnyNode, inFunction: boolean): void => {
    if (visit(at, inFunction) === 'skip') return;
    const below = inFunction || isFunction(at);
    const members = at as unknown as Readonly<Record<string, unknown>>;
    // Hot path: a project's complete syntax passes through here, so it allocates no array.
    for (const key in members) {
      const member = members[key];
      if (Array.isArray(member)) {
        for (const item of member) if (isNode(item)) step(item, below);
      } else if (isNode(member)) step(member, below);
    }
  };
  step(node, false);
}

/** Whether a function could tell what it is called on. */
export function mentionsThis(node: AnyNode & FunctionNode): boolean {
  let found = false;
  walk(node.body, (at) => {
    if (at.type === 'ThisExpression' || at.type === 'Super') found = true;
    if (at.type === 'CallExpression' && at.callee.type === 'Identifier' && at.callee.name === 'eval') found = true;
    return at.type === 'FunctionDeclaration' || at.type === 'FunctionExpression' ? 'skip' : undefined;
  });
  return found;
}

/** Whether Node would load it as CommonJS: it has no import or export, and uses what CommonJS has. */
export function isCommonJs(program: Program, extension: string): boolean {
  if (extension === '.cjs' || extension === '.cts') return true;
  if (program.body.some(({ type }) => /^(?:Import|Export)/.test(type))) return false;
  let found = false;
  walk(program, (at) => {
    if (at.type === 'Identifier' && /^(?:require|module|exports)$/.test(at.name)) found = true;
    return undefined;
  });
  return found;
}

/** Whether evaluating the node awaits, not counting functions inside it. */
export function awaits(node: AnyNode): boolean {
  let found = false;
  walk(node, (at) => {
    if (isFunction(at)) return 'skip';
    if (at.type === 'AwaitExpression') found = true;
    return undefined;
  });
  return found;
}

/** Whether a module waits for something while it is evaluated. */
export function awaitsAtTop(program: Program): boolean {
  let found = false;
  walk(program, (node, inFunction) => {
    if (inFunction || isFunction(node)) return 'skip';
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) found = true;
    return undefined;
  });
  return found;
}

/** `import.meta.<name>`. */
export function isMetaMember(node: AnyNode, name?: string): boolean {
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'MetaProperty' &&
    node.object.meta.name === 'import' &&
    !node.computed &&
    node.property.type === 'Identifier' &&
    (name === undefined || node.property.name === name)
  );
}

/** The names that a pattern binds, in order. */
export function boundNames(pattern: Pattern): readonly string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        boundNames(property.type === 'RestElement' ? property.argument : property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)));
    case 'RestElement':
      return boundNames(pattern.argument);
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    case 'MemberExpression':
      return [];
  }
}

/** The text of a string literal, or of a template without substitutions. */
export function literalText(node: AnyNode | null | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

/** The `name` of a call like `stage({ name: 'higgs/train', ... })`. */
export function nameArgument(call: CallExpression): string | undefined {
  const [definition] = call.arguments;
  if (definition?.type !== 'ObjectExpression') return undefined;
  for (const property of definition.properties) {
    if (property.type !== 'Property' || property.computed) continue;
    const key = property.key.type === 'Identifier' ? property.key.name : literalText(property.key);
    if (key === 'name') return literalText(property.value);
  }
  return undefined;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
