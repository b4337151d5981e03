/** The names that statements declare in the scope around them. */
import type { AnyNode } from 'acorn';
import { boundNames, isFunction, walk } from '../text/syntax.ts';

/** By `let`, `const`, `class` and `function`, in the statements themselves. */
export function lexicalNames(statements: readonly AnyNode[]): readonly string[] {
  return statements.flatMap((statement): readonly string[] => {
    if (statement.type === 'VariableDeclaration')
      return statement.kind === 'var' ? [] : statement.declarations.flatMap(({ id }) => boundNames(id));
    if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration')
      return [statement.id?.name ?? ''];
    return [];
  });
}

/** By `var`, at any depth outside of functions. */
export function variableNames(node: AnyNode): readonly string[] {
  const names: string[] = [];
  walk(node, (at) => {
    if (isFunction(at) || at.type === 'ClassDeclaration' || at.type === 'ClassExpression') return 'skip';
    if (at.type === 'VariableDeclaration' && at.kind === 'var')
      names.push(...at.declarations.flatMap(({ id }) => boundNames(id)));
    return undefined;
  });
  return names;
}
