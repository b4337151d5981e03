/** The rules for module-level code. Reports where a rule is broken; the caller decides whether that is refused. */
import type { AnyNode, CallExpression, Program } from 'acorn';
import { isFunction } from './syntax.ts';
import { type RuleDiagnostic, unseenCode } from './unseen-code.ts';

export function diagnosticsOf(program: Program): readonly RuleDiagnostic[] {
  const found: RuleDiagnostic[] = [];
  const variables = moduleVariables(program);
  for (const statement of program.body) {
    const name = bareStatement(statement, variables);
    if (name !== undefined)
      found.push({
        kind: 'statement',
        start: statement.start,
        what: `${name} at module level, which would run on import and is not part of any stage; put it in a function or in the initialiser of a const`,
      });
  }
  return [...found, ...unseenCode(program)];
}

function bareStatement(statement: Program['body'][number], variables: ReadonlySet<string>): string | undefined {
  if (DECLARATIONS.has(statement.type)) return undefined;
  if (statement.type !== 'ExpressionStatement') {
    if (statement.type === 'TryStatement' && variables.has('__callDispose')) return 'a using declaration';
    const keyword = /^(?:For|While|DoWhile|If|Try|Switch|Throw|Labeled|Block)/.exec(statement.type)?.[0];
    return keyword === undefined
      ? 'a bare statement'
      : `a bare ${KEYWORDS[keyword] ?? keyword.toLowerCase()} statement`;
  }
  const { expression } = statement;
  if (statement.directive !== undefined || isEnumAssembly(expression, variables)) return undefined;
  if (variables.has('__decoratorStart') && isDecoration(expression)) return undefined;
  if (expression.type === 'AssignmentExpression' || expression.type === 'UpdateExpression') return 'an assignment';
  return expression.type === 'CallExpression' ? 'a bare call' : 'a bare expression';
}

const KEYWORDS: Readonly<Record<string, string>> = { DoWhile: 'do', Labeled: 'labelled' };

/**
 * What esbuild makes of a decorator: `_init = __decoratorStart(null)`, `__decorateElement(...)`, `__name(...)`, and
 * `A = __decorateElement(...)` of a class.
 */
function isDecoration(expression: AnyNode): boolean {
  if (expression.type === 'SequenceExpression') return expression.expressions.every(isDecoration);
  const target =
    expression.type === 'AssignmentExpression'
      ? isCallOfHelper(expression.right)
        ? expression.right.callee
        : expression.left
      : expression.type === 'CallExpression'
        ? expression.callee
        : undefined;
  return target?.type === 'Identifier' && target.name.startsWith('_');
}

function isCallOfHelper(expression: AnyNode): expression is CallExpression {
  return (
    expression.type === 'CallExpression' &&
    expression.callee.type === 'Identifier' &&
    expression.callee.name === '__decorateElement'
  );
}

const DECLARATIONS: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportDefaultDeclaration',
  'ExportAllDeclaration',
  'VariableDeclaration',
  'FunctionDeclaration',
  'ClassDeclaration',
  'EmptyStatement',
]);

/** `(function (Kind) { ... })(Kind || (Kind = {}))`: the compiled form of a TypeScript enum or namespace. */
function isEnumAssembly(expression: AnyNode, variables: ReadonlySet<string>): boolean {
  if (expression.type !== 'CallExpression' || !isFunction(expression.callee)) return false;
  const [argument] = expression.arguments;
  return (
    expression.arguments.length === 1 &&
    argument?.type === 'LogicalExpression' &&
    argument.operator === '||' &&
    argument.left.type === 'Identifier' &&
    variables.has(argument.left.name)
  );
}

function moduleVariables(program: Program): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id } of declaration.declarations) if (id.type === 'Identifier') names.add(id.name);
  }
  return names;
}
