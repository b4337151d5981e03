/** All names that a function's own scopes declare, whichever of them: its parameters, variables, functions, classes. */
import type { AnyNode, Function as FunctionNode } from 'acorn';
import { boundNames, isFunction, walk } from '../text/syntax.ts';

const known = new WeakMap<AnyNode, ReadonlySet<string>>();

export function localNames(node: AnyNode & FunctionNode): ReadonlySet<string> {
  let names = known.get(node);
  if (names === undefined) {
    const own = node.type === 'FunctionExpression' && node.id ? [node.id.name] : [];
    const all = new Set([...own, ...node.params.flatMap(boundNames), ...declaredIn(node.body)]);
    if (node.type !== 'ArrowFunctionExpression') all.add('arguments');
    names = all;
    known.set(node, names);
  }
  return names;
}

/** Names that are declared at any depth of a statement, but not in a function inside it. */
export function declaredIn(node: AnyNode): readonly string[] {
  const names: string[] = [];
  walk(node, (at) => {
    if (at.type === 'FunctionDeclaration') names.push(at.id?.name ?? '');
    if (at.type === 'ClassDeclaration') names.push(at.id?.name ?? '');
    if (at.type === 'VariableDeclarator') names.push(...boundNames(at.id));
    if (at.type === 'CatchClause' && at.param) names.push(...boundNames(at.param));
    return at !== node && isFunction(at) ? 'skip' : undefined;
  });
  return names;
}
