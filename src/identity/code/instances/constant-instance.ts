/**
 * Proves of a stage's text that an instance of it stays as it was made: nothing that it keeps between two calls of
 * `run` can be changed by either. Attempts may then share one instance.
 *
 * The module may declare functions, constants made of literals, schemas of zod, and what restage makes of these, and
 * nothing else. Its functions may use these in ways that change nothing and pass nothing on (constant-uses.ts). The
 * proof goes by names, whatever their scope, and fails closed. It builds on the other one, that the text is harmless.
 */
import type { AnyNode, CallExpression, Expression, Program, Property, SpreadElement, VariableDeclaration } from 'acorn';
import { type Kept, keepsConstants } from './constant-uses.ts';
import { isFunction, literalText, walk } from '../text/syntax.ts';

/** @param packageOf the package that a specifier imports, where it is known */
export function isConstantInstance(program: Program, packageOf: (source: string) => string | undefined): boolean {
  const module = new ConstantModule(packageOf);
  return (
    program.body.every((statement) => module.takes(statement)) && keepsConstants(program, module.kept, module.ofRestage)
  );
}

class ConstantModule {
  /** What the module declares, by name. */
  readonly kept = new Map<string, Kept>();
  readonly ofRestage = new Set<string>();
  readonly #ofZod = new Set<string>();
  readonly #packageOf: (source: string) => string | undefined;

  constructor(packageOf: (source: string) => string | undefined) {
    this.#packageOf = packageOf;
  }

  /**
   * Whether the statement declares nothing that can change. In the order of the text: what a value is made of comes
   * first.
   */
  takes(statement: Program['body'][number]): boolean {
    switch (statement.type) {
      case 'ImportDeclaration': {
        const owner = this.#packageOf(literalText(statement.source)!);
        const names = owner === 'restage' ? this.ofRestage : owner === 'zod' ? this.#ofZod : undefined;
        for (const { local } of statement.specifiers) names?.add(local.name);
        return true;
      }
      case 'FunctionDeclaration':
        this.kept.set(statement.id.name, 'function');
        return true;
      case 'VariableDeclaration':
        return statement.kind === 'const' && this.#declares(statement);
      case 'ExportNamedDeclaration':
        return statement.declaration == null;
      case 'EmptyStatement':
        return true;
      default:
        return false;
    }
  }

  #declares({ declarations }: VariableDeclaration): boolean {
    return declarations.every(({ id, init }) => {
      if (id.type !== 'Identifier' || init == null || this.kept.has(id.name)) return false;
      const kind = this.#kindOf(init);
      if (kind !== undefined) this.kept.set(id.name, kind);
      return kind !== undefined;
    });
  }

  /** What the expression makes; undefined for anything that might change, or differ from one time to the next. */
  #kindOf(node: Expression | SpreadElement): Kept | undefined {
    if (isFunction(node)) {
      // By its own name it can be reached from inside.
      if (node.type === 'FunctionExpression' && node.id != null) this.kept.set(node.id.name, 'function');
      return 'function';
    }
    if (this.#isPrimitive(node)) return 'primitive';
    switch (node.type) {
      case 'Identifier':
        // Another name of something is not followed.
        return undefined;
      case 'Literal':
        return node.regex != null && !/[gy]/.test(node.regex.flags) ? 'pattern' : undefined;
      case 'ArrayExpression':
        return this.#kindOfParts(node.elements);
      case 'ObjectExpression':
        return this.#kindOfParts(node.properties);
      case 'CallExpression':
        return this.#kindOfCall(node);
      default:
        return undefined;
    }
  }

  #isPrimitive(node: AnyNode): boolean {
    switch (node.type) {
      case 'Literal':
        return !('regex' in node && node.regex);
      case 'TemplateLiteral':
        return node.expressions.every((each) => this.#isPrimitive(each));
      case 'UnaryExpression':
        return node.operator !== 'delete' && this.#isPrimitive(node.argument);
      case 'BinaryExpression':
        return (
          node.operator !== 'in' &&
          node.operator !== 'instanceof' &&
          this.#isPrimitive(node.left) &&
          this.#isPrimitive(node.right)
        );
      case 'LogicalExpression':
        return this.#isPrimitive(node.left) && this.#isPrimitive(node.right);
      case 'ConditionalExpression':
        return [node.test, node.consequent, node.alternate].every((each) => this.#isPrimitive(each));
      case 'Identifier':
        return this.kept.get(node.name) === 'primitive' || (node.name === 'undefined' && !this.kept.has('undefined'));
      case 'MemberExpression':
        return isNumberOfMath(node);
      default:
        return false;
    }
  }

  #kindOfParts(parts: readonly (Expression | SpreadElement | Property | null)[]): Kept | undefined {
    const kinds = parts.map((part) => (part === null ? undefined : this.#kindOfPart(part)));
    if (kinds.includes(undefined)) return undefined;
    if (kinds.every((kind) => kind === 'primitive')) return 'list';
    return kinds.every((kind) => SCHEMA_PARTS.has(kind!)) ? 'parts' : 'material';
  }

  /** `primitive` too for what spreads primitives alone. */
  #kindOfPart(part: Expression | SpreadElement | Property): Kept | undefined {
    if (part.type === 'SpreadElement') {
      const spread = part.argument.type === 'Identifier' ? this.kept.get(part.argument.name) : undefined;
      return spread === 'list' ? 'primitive' : spread === 'parts' || spread === 'material' ? spread : undefined;
    }
    if (part.type !== 'Property') return this.#kindOfArgument(part);
    if (part.kind !== 'init' || part.computed) return undefined;
    return this.#kindOfArgument(part.value);
  }

  #kindOfArgument(node: Expression | SpreadElement): Kept | undefined {
    return node.type === 'Identifier' ? this.kept.get(node.name) : this.#kindOf(node);
  }

  /** `json(...)`, `stage({ ... })`; `z.number().int()`. */
  #kindOfCall({ callee, arguments: given, optional }: CallExpression): Kept | undefined {
    if (optional) return undefined;
    const kinds = given.map((argument) => this.#kindOfArgument(argument));
    if (kinds.includes(undefined)) return undefined;
    if (callee.type === 'Identifier') return this.ofRestage.has(callee.name) ? 'material' : undefined;
    if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier')
      return undefined;
    const { object, property } = callee;
    const isSchema =
      object.type === 'Identifier'
        ? this.#ofZod.has(object.name) || this.kept.get(object.name) === 'schema'
        : object.type === 'CallExpression' && this.#kindOfCall(object) === 'schema';
    if (!isSchema) return undefined;
    if (SCHEMA_METHODS.has(property.name)) return kinds.every((kind) => SCHEMA_PARTS.has(kind!)) ? 'schema' : undefined;
    // Their values are given out again by every parse.
    if (VALUE_METHODS.has(property.name)) return kinds.every((kind) => kind === 'primitive') ? 'schema' : undefined;
    // A second parameter would lead to the schema itself.
    if (FUNCTION_METHODS.has(property.name))
      return given[0] !== undefined && isFunction(given[0]) && given[0].params.length <= 1 && !hasRest(given[0])
        ? 'schema'
        : undefined;
    return undefined;
  }
}

/** `Math.PI`, `Number.EPSILON`. */
function isNumberOfMath({ object, property, computed }: AnyNode & { readonly type: 'MemberExpression' }): boolean {
  return (
    !computed &&
    object.type === 'Identifier' &&
    (object.name === 'Math' || object.name === 'Number') &&
    property.type === 'Identifier' &&
    /^[A-Z][A-Z0-9_]*$/.test(property.name)
  );
}

function hasRest({ params }: { readonly params: readonly AnyNode[] }): boolean {
  let found = false;
  for (const param of params)
    walk(param, (node) => {
      if (node.type === 'RestElement') found = true;
      return undefined;
    });
  return found;
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** What a schema may be made of. A function in it could be called with the schema itself. */
const SCHEMA_PARTS: ReadonlySet<Kept> = new Set(['primitive', 'list', 'pattern', 'schema', 'parts']);

/** Those of zod that keep what they are given for checks alone. */
const SCHEMA_METHODS = words(`
  any array bigint boolean brand date discriminatedUnion email enum extend finite gt gte int int32 length literal
  looseObject lowercase lt lte map max min multipleOf nan negative never nonempty nonnegative nonoptional nonpositive null
  nullable nullish number object omit optional partial pick positive readonly record regex safe set size strictObject
  string toLowerCase toUpperCase trim tuple undefined uint32 union unknown uppercase url uuid void`);
const VALUE_METHODS = words('default prefault catch');
const FUNCTION_METHODS = words('refine transform');
