/** How a piece of code uses names: the result of `usesIn`. */
import type { AnyNode, Expression, Identifier, ImportExpression, NewExpression } from 'acorn';

/** A scope inside a top-level statement. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: ReadonlySet<string>;
}

/** A use of a name that no scope inside the statement declares. */
export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The innermost scope around it. */
  readonly scope: Scope | undefined;
  /** `{ x }`: a new name needs the key written out. */
  readonly isShorthand: boolean;
  readonly use: 'read' | 'write' | 'binding';
  /** In a function, so not evaluated with the statement itself. */
  readonly isLazy: boolean;
  /** `name.member`, and whether it is called. */
  readonly member: { readonly name: string; readonly end: number; readonly isCalled: boolean } | undefined;
}

/** A function or class without a name that takes the name of what it is assigned to. */
export interface Naming {
  readonly target: Identifier;
  readonly value: Expression;
}

export interface Uses {
  readonly references: readonly Reference[];
  readonly namings: readonly Naming[];
  /** `this` outside of functions and classes. */
  readonly topThis: readonly AnyNode[];
  /** Calls of `eval`, which see every name. */
  readonly directEvals: readonly AnyNode[];
  readonly dynamicImports: readonly ImportExpression[];
  /** `import.meta.url`. */
  readonly moduleUrls: readonly AnyNode[];
  /** `new URL('./file', import.meta.url)`. */
  readonly fileUrls: readonly FileUrl[];
  /** Names that a scope inside declares, wherever they stand. */
  readonly locals: readonly Local[];
}

/** An occurrence of a name that a scope inside the statement declares. */
export interface Local {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The scope that declares it. */
  readonly scope: Scope;
  readonly isShorthand: boolean;
}

export interface FileUrl {
  readonly node: NewExpression;
  /** As written: `./file`. */
  readonly path: string;
}

/** Whether a scope or one around it declares the name. */
export function declares(scope: Scope | undefined, name: string): boolean {
  return declaringScope(scope, name) !== undefined;
}

export function declaringScope(scope: Scope | undefined, name: string): Scope | undefined {
  let at = scope;
  while (at !== undefined && !at.names.has(name)) at = at.parent;
  return at;
}
