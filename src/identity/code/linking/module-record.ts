/** What a module imports, exports and consists of: the syntax of one file, divided into the units that are linked. */
import type {
  AnyNode,
  Declaration,
  ExportAllDeclaration,
  ExportDefaultDeclaration,
  ExportNamedDeclaration,
  ImportDeclaration,
  Program,
} from 'acorn';
import { boundNames, literalText } from '../text/syntax.ts';
import { variableNames } from './declared-names.ts';
import { isAnonymous, usesIn } from './scopes.ts';
import type { Uses } from './uses.ts';

/** The name of the binding behind `export default` of something without a name. */
export const DEFAULT = '*default*';

/** What an import takes from a module: a name, or the namespace object. */
export type Imported = { readonly name: string } | 'namespace';

/** An import of another module, as the source has it. */
export interface Request {
  readonly specifier: string;
  /** The value of the attribute `type`, such as `json`. */
  readonly type: string | undefined;
  readonly start: number;
  /** `import 'package'`, for its effects alone. */
  readonly isBare: boolean;
}

export type Export =
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'from'; readonly request: Request; readonly imported: Imported; readonly start: number };

/**
 * A top-level declaration or statement, or one declarator. `function`: hoisted, so that it is there before anything is
 * evaluated. `value`: the rest.
 */
export interface Unit {
  readonly file: string;
  /** Its place in the file: 0 for the first. */
  readonly index: number;
  readonly kind: 'function' | 'class' | 'variable' | 'default' | 'statement';
  /** `const`, `let` or `var` of a variable. */
  readonly keyword: string;
  /** The declaration, the declarator, the expression of `export default`, or the statement. */
  readonly node: AnyNode;
  readonly declares: readonly string[];
  readonly uses: Uses;
}

export interface ModuleRecord {
  readonly file: string;
  readonly code: string;
  /** In the order in which the modules are evaluated. */
  readonly requests: readonly Request[];
  readonly imports: ReadonlyMap<
    string,
    { readonly request: Request; readonly imported: Imported; readonly start: number }
  >;
  readonly exports: ReadonlyMap<string, Export>;
  /** `export * from`. */
  readonly stars: readonly Request[];
  readonly units: readonly Unit[];
  /** The unit that declares a name of the module's top level. */
  readonly declared: ReadonlyMap<string, Unit>;
}

export function recordOf(file: string, code: string, program: Program): ModuleRecord {
  const builder = new RecordBuilder(file);
  for (const statement of program.body) builder.add(statement);
  const { requests, imports, exports, stars, units } = builder;
  const declared = new Map(units.flatMap((unit) => unit.declares.map((name) => [name, unit] as const)));
  return { file, code, requests, imports, exports, stars, units, declared };
}

class RecordBuilder {
  readonly requests: Request[] = [];
  readonly imports = new Map<string, { request: Request; imported: Imported; start: number }>();
  readonly exports = new Map<string, Export>();
  readonly stars: Request[] = [];
  readonly units: Unit[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  add(statement: Program['body'][number]): void {
    switch (statement.type) {
      case 'ImportDeclaration': {
        this.#import(statement);
        return;
      }
      case 'ExportAllDeclaration': {
        this.#exportAll(statement);
        return;
      }
      case 'ExportNamedDeclaration': {
        this.#exportNamed(statement);
        return;
      }
      case 'ExportDefaultDeclaration': {
        this.#exportDefault(statement);
        return;
      }
      case 'EmptyStatement':
        return;
      case 'VariableDeclaration':
      case 'FunctionDeclaration':
      case 'ClassDeclaration': {
        this.#declaration(statement);
        return;
      }
      default:
        if (statement.type === 'ExpressionStatement' && statement.directive !== undefined) return;
        this.#unit('statement', statement, variableNames(statement));
    }
  }

  #request(statement: ImportDeclaration | ExportAllDeclaration | ExportNamedDeclaration): Request {
    const specifier = literalText(statement.source) ?? '';
    const type = statement.attributes.find(({ key }) => nameOf(key) === 'type');
    const isBare = statement.type === 'ImportDeclaration' && statement.specifiers.length === 0;
    const request = { specifier, type: literalText(type?.value), start: statement.start, isBare };
    this.requests.push(request);
    return request;
  }

  #import(statement: ImportDeclaration): void {
    const request = this.#request(statement);
    for (const specifier of statement.specifiers) {
      const { start } = specifier;
      const imported: Imported =
        specifier.type === 'ImportNamespaceSpecifier'
          ? 'namespace'
          : { name: specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : 'default' };
      this.imports.set(specifier.local.name, { request, imported, start });
    }
  }

  #exportAll(statement: ExportAllDeclaration): void {
    const request = this.#request(statement);
    if (!statement.exported) this.stars.push(request);
    else {
      const { start } = statement;
      this.exports.set(nameOf(statement.exported), { kind: 'from', request, imported: 'namespace', start });
    }
  }

  #exportNamed(statement: ExportNamedDeclaration): void {
    if (statement.declaration) {
      const before = this.units.length;
      this.#declaration(statement.declaration);
      for (const { declares } of this.units.slice(before))
        for (const name of declares) this.exports.set(name, { kind: 'local', name });
    }
    const request = statement.source ? this.#request(statement) : undefined;
    for (const specifier of statement.specifiers) {
      const name = nameOf(specifier.local);
      const { start } = specifier;
      this.exports.set(
        nameOf(specifier.exported),
        request === undefined ? { kind: 'local', name } : { kind: 'from', request, imported: { name }, start },
      );
    }
  }

  #exportDefault({ declaration }: ExportDefaultDeclaration): void {
    const isDeclaration = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
    const name = isDeclaration && declaration.id ? declaration.id.name : DEFAULT;
    this.exports.set('default', { kind: 'local', name });
    if (declaration.type === 'FunctionDeclaration') this.#unit('function', declaration, [name]);
    else if (name === DEFAULT) this.#unit('default', declaration, [name]);
    else this.#unit('class', declaration, [name]);
  }

  #declaration(declaration: Declaration): void {
    if (declaration.type === 'FunctionDeclaration') this.#unit('function', declaration, [declaration.id.name]);
    else if (declaration.type === 'ClassDeclaration') this.#unit('class', declaration, [declaration.id.name]);
    else
      for (const declarator of declaration.declarations)
        this.#unit('variable', declarator, boundNames(declarator.id), declaration.kind);
  }

  #unit(kind: Unit['kind'], node: AnyNode, declares: readonly string[], keyword = 'const'): void {
    const uses = usesIn(node);
    this.units.push({ file: this.#file, index: this.units.length, kind, keyword, node, declares, uses });
  }
}

/** Whether a name of the place becomes part of the value, so that it must survive: `export default class {}`. */
export function takesDefaultName(unit: Unit): boolean {
  if (unit.kind === 'function') return unit.declares[0] === DEFAULT;
  return unit.kind === 'default' && (isAnonymous(unit.node) || unit.node.type === 'ClassDeclaration');
}

export function nameOf(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : (literalText(node) ?? '');
}
