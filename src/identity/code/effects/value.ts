/**
 * What is known of a value before anything runs. The analysis of effects computes with these: it forgets numbers and
 * keeps who made an object, what is in it, and which code a function has.
 */
import type { AnyNode, Class, Function as FunctionNode } from 'acorn';

export type Value =
  | { readonly kind: 'primitive' }
  /** Ordinary objects. Like all that follow, it may be a primitive too. */
  | { readonly kind: 'object'; readonly shapes: readonly Shape[] }
  | { readonly kind: 'function'; readonly functions: readonly FunctionValue[] }
  /** A thing of the language or of Node, such as `Math.max`, by its path. */
  | { readonly kind: 'global'; readonly path: string }
  /** zod, or something made by it. */
  | { readonly kind: 'zod'; readonly runsCode: boolean }
  /** The namespace object of a module of the project. */
  | { readonly kind: 'namespace'; readonly file: string }
  /** An export of restage. */
  | { readonly kind: 'restage'; readonly name: string }
  /** Made by restage: read freely. */
  | { readonly kind: 'made-by-restage' }
  /** A class of a package: can be extended. */
  | { readonly kind: 'package' }
  | { readonly kind: 'unknown' };

/** An object that the analysed code makes, or all objects that one place makes. */
export interface Shape {
  /** The evaluation that made it: only that one may change it. */
  readonly owner: object;
  /** `search`: a regular expression that remembers where it was. */
  readonly type: 'plain' | 'array' | 'typed' | 'map' | 'set' | 'instance' | 'search' | 'other';
  /** The class of an instance. */
  readonly class: FunctionValue | undefined;
  /** Has getters or setters of its own. */
  readonly hasAccessors: boolean;
  /** Everything in it; grows. */
  content: Value;
}

export interface FunctionValue {
  readonly node: AnyNode & (FunctionNode | Class);
  readonly file: string;
  readonly closure: Environment;
  /** Of a class: what it extends, and its static members. */
  readonly parent: Value | undefined;
  readonly statics: Shape | undefined;
  /** The class that a method belongs to. */
  readonly home: FunctionValue | undefined;
}

/** The variables of one call, and those around it. */
export interface Environment {
  readonly names: ReadonlySet<string>;
  /** What is known of them so far. */
  readonly variables: Map<string, Value>;
  readonly outer: Environment | undefined;
  thisValue: Value;
  /** The class whose member it is, for `super`. */
  readonly home: FunctionValue | undefined;
}

export const PRIMITIVE: Value = { kind: 'primitive' };
export const UNKNOWN: Value = { kind: 'unknown' };
export const MADE_BY_RESTAGE: Value = { kind: 'made-by-restage' };

/** The environment that has a variable, or the given one. */
export function holderOf(environment: Environment, name: string): Environment {
  for (let at: Environment | undefined = environment; at !== undefined; at = at.outer)
    if (at.names.has(name)) return at;
  return environment;
}

export function shape(owner: object, type: Shape['type'], content: Value = PRIMITIVE): Shape {
  return { owner, type, class: undefined, hasAccessors: false, content };
}

export function objectOf(...shapes: readonly Shape[]): Value {
  return { kind: 'object', shapes };
}

/** Plain data of any depth, as JSON.parse makes it. */
export function dataOf(owner: object): Value {
  const data = shape(owner, 'array');
  data.content = objectOf(data);
  return objectOf(data);
}

/** What is known if it may be either. */
export function join(a: Value, b: Value): Value {
  if (a === b || isEqual(a, b)) return a;
  // Where a primitive is used like an object, it throws or does nothing.
  if (a.kind === 'primitive') return b;
  if (b.kind === 'primitive') return a;
  if (a.kind === 'object' && b.kind === 'object') {
    const shapes = [...new Set([...a.shapes, ...b.shapes])];
    return shapes.length <= MOST ? { kind: 'object', shapes } : UNKNOWN;
  }
  if (a.kind === 'function' && b.kind === 'function') {
    const functions = [...new Set([...a.functions, ...b.functions])];
    return functions.length <= MOST ? { kind: 'function', functions } : UNKNOWN;
  }
  if (a.kind === 'zod' && b.kind === 'zod') return { kind: 'zod', runsCode: true };
  return UNKNOWN;
}

export function isEqual(a: Value, b: Value): boolean {
  if (a.kind === 'object' && b.kind === 'object') return sameMembers(a.shapes, b.shapes);
  if (a.kind === 'function' && b.kind === 'function') return sameMembers(a.functions, b.functions);
  if (a.kind === 'zod' && b.kind === 'zod') return a.runsCode === b.runsCode;
  if (a.kind === 'global' && b.kind === 'global') return a.path === b.path;
  if (a.kind === 'restage' && b.kind === 'restage') return a.name === b.name;
  if (a.kind === 'namespace' && b.kind === 'namespace') return a.file === b.file;
  return a.kind === b.kind && (a.kind === 'primitive' || a.kind === 'unknown' || a.kind === 'made-by-restage');
}

/** Whether it has no code in it that a conversion to a string or number could call. */
export function isData(value: Value, seen = new Set<Shape>()): boolean {
  if (value.kind === 'primitive') return true;
  if (value.kind !== 'object') return false;
  return value.shapes.every((it) => {
    if (seen.has(it)) return true;
    seen.add(it);
    return it.type !== 'instance' && !it.hasAccessors && isData(it.content, seen);
  });
}

/** Whether code could be called through it. */
export function mayRun(value: Value, seen = new Set<Shape>()): boolean {
  switch (value.kind) {
    case 'primitive':
    case 'global':
    case 'made-by-restage':
    case 'restage':
      return false;
    case 'zod':
      return value.runsCode;
    case 'object':
      return value.shapes.some((it) => {
        if (seen.has(it)) return false;
        seen.add(it);
        return it.type === 'instance' || it.hasAccessors || mayRun(it.content, seen);
      });
    case 'function':
    case 'namespace':
    case 'package':
    case 'unknown':
      return true;
  }
}

function sameMembers<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((it) => b.includes(it));
}

/** The most that one value may be; beyond, it is unknown. */
const MOST = 8;
