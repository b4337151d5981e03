/**
 * The rules for module-level code, and for code that a bundle cannot keep working. Reports where a rule is broken; the
 * caller decides whether that is refused.
 */
import type { AnyNode, Program } from 'acorn';
import { isFunction, literalText, walk } from './syntax.ts';

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

/** @param code the text of the program, by which most programs are skipped quickly. */
export function diagnosticsOf(program: Program, code: string): readonly RuleDiagnostic[] {
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
  if (!/import(?:\(|\.meta)/.test(code)) return found;
  walk(program, (node) => {
    const what = unbundlable(node);
    if (what !== undefined) found.push({ kind: 'unbundlable', start: node.start, what });
    return isMetaMember(node) ? 'skip' : undefined;
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

function unbundlable(node: AnyNode): string | undefined {
  if (node.type === 'ImportExpression' && literalText(node.source) === undefined)
    return 'import() of a path that is not a literal, so its code cannot be hashed; write the path out, one import() for each';
  const isMeta = node.type === 'MetaProperty' && node.meta.name === 'import';
  if (isMeta || (isMetaMember(node) && !isMetaMember(node, 'url')))
    return 'a use of import.meta other than import.meta.url, which would name the bundle; use fileURLToPath(import.meta.url)';
  return undefined;
}

function bareStatement(statement: Program['body'][number], variables: ReadonlySet<string>): string | undefined {
  if (DECLARATIONS.has(statement.type)) return undefined;
  if (statement.type !== 'ExpressionStatement') {
    const keyword = /^(?:For|While|If|Try|Switch|Throw)/.exec(statement.type)?.[0].toLowerCase();
    return keyword === undefined ? 'a bare statement' : `a bare ${keyword} statement`;
  }
  const { expression } = statement;
  if (statement.directive !== undefined || isEnumAssembly(expression, variables)) return undefined;
  if (expression.type === 'AssignmentExpression' || expression.type === 'UpdateExpression') return 'an assignment';
  return expression.type === 'CallExpression' ? 'a bare call' : 'a bare expression';
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
