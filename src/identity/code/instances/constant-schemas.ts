/**
 * Finds the schemas of zod in a module that say the same however often they are made: from literals and other such
 * schemas alone. Making one takes longer than all else in an instance of a small stage, so instances share them, as
 * they share zod itself.
 */
import type { AnyNode, CallExpression, Program } from 'acorn';
import { isFunction, literalText, walk } from '../text/syntax.ts';

/** The outermost such calls outside of functions, in order. */
export function constantSchemas(program: Program, isZod: (source: string) => boolean): readonly CallExpression[] {
  const names = new Set<string>();
  for (const statement of program.body)
    if (statement.type === 'ImportDeclaration' && isZod(literalText(statement.source)!))
      for (const specifier of statement.specifiers)
        if (specifier.type !== 'ImportSpecifier' || nameOf(specifier.imported) === 'z') names.add(specifier.local.name);
  const found: CallExpression[] = [];
  if (names.size === 0) return found;
  walk(program, (node) => {
    if (isFunction(node)) return 'skip';
    if (!isConstant(node, names)) return undefined;
    found.push(node);
    return 'skip';
  });
  return found;
}

function isConstant(node: AnyNode, names: ReadonlySet<string>): node is CallExpression {
  if (node.type !== 'CallExpression' || node.optional || node.callee.type !== 'MemberExpression') return false;
  const { object, property, computed } = node.callee;
  if (computed || property.type !== 'Identifier' || CHANGING.has(property.name)) return false;
  if (!(object.type === 'Identifier' && names.has(object.name)) && !isConstant(object, names)) return false;
  return node.arguments.every((argument) => isPlain(argument, property.name, names));
}

/** What is passed to a method of this name is neither kept nor returned as it is, unless it is primitive. */
function isPlain(node: AnyNode, method: string, names: ReadonlySet<string>): boolean {
  if (node.type === 'Literal')
    return !('regex' in node) || (node.value instanceof RegExp && !/[gy]/.test(node.value.flags));
  if (node.type === 'UnaryExpression') return node.argument.type === 'Literal';
  if (node.type === 'ObjectExpression')
    return (
      TAKES_SHAPE.has(method) &&
      node.properties.every(
        (each) => each.type === 'Property' && !each.computed && each.kind === 'init' && isConstant(each.value, names),
      )
    );
  if (node.type === 'ArrayExpression')
    return (
      TAKES_LIST.has(method) &&
      node.elements.every((each) => each !== null && (each.type === 'Literal' || isConstant(each, names)))
    );
  return isConstant(node, names);
}

const TAKES_SHAPE: ReadonlySet<string> = new Set(['object', 'strictObject', 'looseObject', 'extend']);
const TAKES_LIST: ReadonlySet<string> = new Set(['enum', 'union', 'tuple', 'literal', 'discriminatedUnion']);
/** They change what zod keeps. */
const CHANGING: ReadonlySet<string> = new Set(['config', 'register', 'meta']);

function nameOf(imported: AnyNode): string | undefined {
  return imported.type === 'Identifier' ? imported.name : literalText(imported);
}
