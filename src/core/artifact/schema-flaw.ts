/**
 * Parts of a zod schema that are unfit for data which is read again. A value is parsed when it is written and when it
 * is read, so parsing must leave a parsed value as it is. What may change it each time (a transform) is found here by
 * walking the schema's definition. What changes it once is fine: defaults, catch, coercion, trim and change of case.
 *
 * It reads definitions as zod 4 has them, and does not need zod itself.
 */

/** A part of a schema that is unfit, such as `a transform`, and where it is; empty for the schema itself. */
export interface SchemaFlaw {
  readonly what: string;
  readonly at: string;
  /** Why it is unfit, and what to do instead, as a clause. */
  readonly advice: string;
}

const CHANGES =
  "it would change the value when it is written and again when it is read; change the value in the stage's run, and check it here with refine()";
const WAITS = "json() checks at once and cannot wait; await in the stage's run, and keep what comes of it";
const UNKNOWN = 'json() understands schemas of zod 4 alone; write it with "zod" of version 4';

/**
 * The first flaw of the schema, or undefined. Lazy parts, and members that are given by getters, are looked at only if
 * `isLoaded`: before all modules are loaded they may refer to constants that are not there yet, and zod would keep what
 * they give.
 */
export function schemaFlaw(schema: unknown, isLoaded: boolean): SchemaFlaw | undefined {
  return walk(schema, '', { isLoaded, seen: new Set() });
}

interface Walk {
  readonly isLoaded: boolean;
  readonly seen: Set<unknown>;
}

type Definition = Readonly<Record<string, unknown>> & { readonly type: string };

function walk(schema: unknown, at: string, how: Walk): SchemaFlaw | undefined {
  if (how.seen.has(schema)) return undefined;
  how.seen.add(schema);
  const definition = definitionOf(schema);
  if (definition === undefined) return { what: notZod4(schema), at, advice: UNKNOWN };
  const flaw = flawOf(definition);
  if (flaw !== undefined) return { ...flaw, at };
  for (const [part, step] of partsOf(definition, how.isLoaded)) {
    const below = walk(part, at + (at === '' ? step.replace(/^[. ]/, '') : step), how);
    if (below !== undefined) return below;
  }
  return undefined;
}

function definitionOf(schema: unknown): Definition | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const { def } = ((schema as { readonly _zod?: unknown })._zod ?? {}) as { readonly def?: unknown };
  return typeof def === 'object' && def !== null ? (def as Definition) : undefined;
}

function notZod4(schema: unknown): string {
  return typeof schema === 'object' && schema !== null && '_def' in schema ? 'a schema of zod 3' : 'no schema of zod';
}

/** A flaw whose place is not known yet. */
type UnplacedFlaw = Omit<SchemaFlaw, 'at'>;

function flawOf(definition: Definition): UnplacedFlaw | undefined {
  switch (definition.type) {
    case 'transform':
      return { what: 'a transform', advice: CHANGES };
    case 'pipe':
      if (typeof definition['transform'] === 'function') return { what: 'a codec', advice: CHANGES };
      if (definitionOf(definition['in'])?.type === 'transform') return { what: 'a z.preprocess()', advice: CHANGES };
      return checkFlaw(definition);
    case 'success':
      return { what: 'a z.success()', advice: CHANGES };
    case 'promise':
      return { what: 'a promise', advice: WAITS };
    case 'custom':
      return isAsync(definition['fn']) ? ASYNC : checkFlaw(definition);
    default:
      return checkFlaw(definition);
  }
}

const ASYNC: UnplacedFlaw = { what: 'an asynchronous check', advice: WAITS };

function checkFlaw({ checks }: Definition): UnplacedFlaw | undefined {
  if (!Array.isArray(checks)) return undefined;
  for (const check of checks as readonly unknown[]) {
    const definition: Readonly<Record<string, unknown>> = definitionOf(check) ?? {};
    if (definition['check'] === 'overwrite' && !isIdempotent(definition['tx']))
      return { what: 'an overwrite()', advice: CHANGES };
    if (isAsync(definition['fn'])) return ASYNC;
  }
  return undefined;
}

/** zod keeps trim() and its like as functions of one call, and says only by their text which one it is. */
function isIdempotent(change: unknown): boolean {
  return typeof change === 'function' && ONCE.test(Function.prototype.toString.call(change).replace(/\s/g, ''));
}

const ONCE =
  /^\(?(\w+)\)?=>(?:\1\.(?:trim|toLowerCase|toUpperCase)\(\)|\1\.normalize\(\w*\)|(?:\w+\.)?slugify\(\1\));?$/;

function isAsync(check: unknown): boolean {
  return Object.prototype.toString.call(check) === '[object AsyncFunction]';
}

/** The schemas within a schema, each with the step that leads to it. */
function* partsOf(definition: Definition, isLoaded: boolean): Generator<readonly [part: unknown, step: string]> {
  const one = (name: string, step = ''): readonly (readonly [unknown, string])[] =>
    definition[name] === undefined || definition[name] === null ? [] : [[definition[name], step]];
  const list = (name: string): readonly unknown[] => (definition[name] ?? []) as readonly unknown[];
  switch (definition.type) {
    case 'object':
      yield* isLoaded ? membersOf(definition['shape']) : settledMembersOf(definition);
      yield* one('catchall', '.*');
      break;
    case 'array':
      yield* one('element', '[]');
      break;
    case 'tuple':
      yield* list('items').map((item, index) => [item, `[${index}]`] as const);
      yield* one('rest', '[]');
      break;
    case 'union':
      yield* list('options').map((option) => [option, ''] as const);
      break;
    case 'intersection':
      yield* one('left');
      yield* one('right');
      break;
    case 'record':
    case 'map':
      yield* one('keyType', ' (a key)');
      yield* one('valueType', '.*');
      break;
    case 'set':
      yield* one('valueType', '[]');
      break;
    case 'pipe':
      yield* one('in');
      yield* one('out');
      break;
    case 'lazy':
      if (isLoaded) yield [(definition['getter'] as () => unknown)(), ''];
      break;
    default:
      yield* one('innerType');
  }
}

function* membersOf(shape: unknown): Generator<readonly [unknown, string]> {
  for (const [name, member] of Object.entries(shape as object)) yield [member, `.${name}`];
}

/**
 * Members that can be read without calling a getter. zod keeps the shape itself behind one, which has the members as
 * `raw`.
 */
function* settledMembersOf(definition: Definition): Generator<readonly [unknown, string]> {
  const kept = Object.getOwnPropertyDescriptor(definition, 'shape') as
    { readonly value?: unknown; readonly get?: { readonly raw?: unknown } } | undefined;
  const shape = kept?.get === undefined ? kept?.value : kept.get.raw;
  for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(shape ?? {})))
    if (member.get === undefined) yield [member.value, `.${name}`];
}
