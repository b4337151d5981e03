/**
 * Declares module-level code free of side effects, in a way that esbuild understands, so that code which a stage does
 * not reach is tree-shaken.
 *
 * A mark before each call is not enough: esbuild also keeps spreads, property reads, class extension and destructuring.
 * So every initialiser that is more than a plain value becomes a marked arrow function that is called immediately;
 * esbuild drops it completely, or inlines its body where it is needed. All edits are insertions on the same line, so
 * line numbers do not change.
 */
import type {
  AnyNode,
  Class,
  ClassDeclaration,
  ExportDefaultDeclaration,
  Expression,
  Program,
  VariableDeclaration,
} from 'acorn';
import type MagicString from 'magic-string';
import { awaits, boundNames } from './syntax.ts';

const PURE = '/* @__PURE__ */';

export function annotate(program: Program, edits: MagicString): void {
  let patterns = 0;
  const nextName = (): string => `restage_pattern_${patterns++}`;
  for (const statement of program.body) {
    if (statement.type === 'VariableDeclaration') declarators(statement, edits, nextName);
    else if (statement.type === 'ClassDeclaration') classDeclaration(statement, edits);
    else if (statement.type === 'ExportNamedDeclaration') {
      const { declaration } = statement;
      if (declaration?.type === 'ClassDeclaration') classDeclaration(declaration, edits);
      if (declaration?.type === 'VariableDeclaration' && declarators(declaration, edits, nextName)) {
        // The variable that a pattern is first bound to must not be exported.
        const names = declaration.declarations.flatMap(({ id }) => boundNames(id));
        edits.remove(statement.start, declaration.start);
        edits.appendLeft(statement.end, `;export { ${names.join(', ')} };`);
      }
    } else if (statement.type === 'ExportDefaultDeclaration') defaultExport(statement, edits);
  }
}

function defaultExport({ declaration, start, end }: ExportDefaultDeclaration, edits: MagicString): void {
  if (declaration.type === 'FunctionDeclaration' || awaits(declaration)) return;
  if (declaration.type !== 'ClassDeclaration') {
    if (!isInert(declaration)) wrap(declaration, edits);
    return;
  }
  if (isInertClass(declaration)) return;
  const name = declaration.id?.name ?? 'restage_default';
  edits.update(start, declaration.start, `let ${name} = ${PURE} (() => `);
  edits.appendLeft(end, `)();export { ${name} as default };`);
}

function wrap(expression: Expression, edits: MagicString): void {
  edits.appendLeft(expression.start, `${PURE} (() => (`);
  edits.appendRight(expression.end, '))()');
}

/** Returns whether a pattern was destructured. */
function declarators(declaration: VariableDeclaration, edits: MagicString, nextName: () => string): boolean {
  let hasPattern = false;
  for (const { id, init, start, end } of declaration.declarations) {
    // An initialiser that awaits cannot be marked; it stays in every stage that reaches the module.
    if (!init || awaits(init) || awaits(id)) continue;
    if (id.type === 'Identifier') {
      if (!isInert(init)) wrap(init, edits);
      continue;
    }
    hasPattern = true;
    const bound = nextName();
    const names = boundNames(id);
    edits.appendLeft(start, `${bound} = ${PURE} (() => { const `);
    const members = names.map((name) => `, ${name} = ${PURE} (() => ${bound}.${name})()`);
    edits.appendRight(end, `; return { ${names.join(', ')} }; })()${members.join('')}`);
  }
  return hasPattern;
}

function classDeclaration(declaration: ClassDeclaration, edits: MagicString): void {
  if (isInertClass(declaration) || awaits(declaration)) return;
  edits.appendLeft(declaration.start, `let ${declaration.id.name} = ${PURE} (() => `);
  edits.appendRight(declaration.end, ')();');
}

/** Whether esbuild itself knows that evaluating this has no effect. */
function isInert(node: AnyNode): boolean {
  if (INERT.has(node.type)) return true;
  if (node.type === 'TemplateLiteral') return node.expressions.length === 0;
  if (node.type === 'UnaryExpression') return node.operator !== 'delete' && node.argument.type === 'Literal';
  if (node.type === 'ArrayExpression') return node.elements.every((element) => element !== null && isInert(element));
  if (node.type === 'ObjectExpression')
    return node.properties.every(
      (property) => property.type === 'Property' && !property.computed && isInert(property.value),
    );
  return node.type === 'ClassExpression' && isInertClass(node);
}

const INERT: ReadonlySet<string> = new Set(['Literal', 'Identifier', 'FunctionExpression', 'ArrowFunctionExpression']);

function isInertClass(node: Class): boolean {
  if (node.superClass && node.superClass.type !== 'Identifier') return false;
  return node.body.body.every((member) => {
    if (member.type === 'StaticBlock' || member.computed) return false;
    return member.type !== 'PropertyDefinition' || !member.static || !member.value || isInert(member.value);
  });
}
