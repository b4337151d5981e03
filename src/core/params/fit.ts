/**
 * Fits what is given into a schema: an input for it, and the schema changed so that members that nobody set keep what
 * they had.
 *
 * zod takes a default whole, or not at all. So a default is taken apart here: its members are kept as they are, since a
 * default is what a schema gives and not what it takes, and the members that are set go through their own schemas. zod
 * itself then parses and checks the whole.
 */
import { fitList, fitObject, fitRecord, fitTuple } from './fit-containers.ts';
import { fitIntersection, fitUnion } from './fit-choices.ts';
import { type Base, type Fit, type Fitted, isValue, NOTHING } from './fitted.ts';
import { flatten, sinceCleared } from './flatten.ts';
import { ParameterMisfit } from './misfit.ts';
import type { Path } from './path.ts';
import { plainOf, type Reading, scalarOf } from './scalar.ts';
import { bare, cloned, Kept, keeping, type Schema, through, wrapped } from './schema.ts';
import { isMembers, type Setting } from './setting.ts';

const PLAIN: Reading = { orText: false };

/**
 * @param layers what is given here, the lowest layer first; none if nobody set it
 * @throws ParameterMisfit
 */
export const fit: Fit = (schema, layers, base, at, reading = PLAIN) => {
  if (layers.length === 0) return untouched(schema, base);
  const { def } = schema._zod;
  switch (def.type) {
    case 'object':
      return fitObject(schema, layers, base, at, fit);
    case 'record':
      return fitRecord(schema, layers, base, at, fit);
    case 'array':
      return fitList(schema, layers, base, at, fit);
    case 'tuple':
      return fitTuple(schema, layers, base, at, fit);
    case 'union':
      return fitUnion(schema, layers, base, at, reading, fit);
    case 'intersection':
      return fitIntersection(schema, layers, base, at, fit);
    case 'default':
    case 'prefault':
      return around(schema, fit(def.innerType!, layers, startOf(schema, base), at, reading));
    case 'nullable':
      if (isNull(layers.at(-1)!)) return { schema, input: null };
      return around(schema, fit(def.innerType!, layers, base, at, reading));
    case 'optional':
    case 'nonoptional':
    case 'readonly':
      return around(schema, fit(def.innerType!, layers, base, at, reading));
    case 'catch':
    case 'lazy': {
      // A value that somebody gave is refused if it is wrong, and not replaced.
      const inner = fit(wrapped(schema)!, layers, base, at, reading);
      return { schema: through(schema, inner.schema), input: inner.input };
    }
    case 'pipe':
      return fitPipe(schema, layers, base, at, reading);
    case 'unknown':
    case 'any':
    case 'custom':
    case 'transform':
    case 'map':
    case 'set':
    case 'promise':
      return { schema, input: overlaid(layers, base, at) };
    default:
      return { schema, input: scalar(schema, layers, at, reading) };
  }
};

function untouched(schema: Schema, base: Base): Fitted {
  switch (base.kind) {
    case 'none':
    case 'cleared':
      return { schema, input: undefined };
    case 'input':
      return { schema, input: base.value };
    case 'output':
      return { schema: keeping(schema), input: new Kept(base.value) };
  }
}

function around(schema: Schema, inner: Fitted): Fitted {
  return { schema: cloned(schema, { innerType: inner.schema }), input: inner.input };
}

function startOf({ _zod: { def } }: Schema, base: Base): Base {
  if (base.kind !== 'none') return base;
  return { kind: def.type === 'default' ? 'output' : 'input', value: def.defaultValue };
}

function isNull({ own, below }: Setting): boolean {
  if (own === undefined || below !== undefined) return false;
  if ('text' in own) return own.text === 'null' && own.or === undefined;
  return 'value' in own ? own.value === null : 'recorded' in own && own.recorded === null;
}

function fitPipe(schema: Schema, layers: readonly Setting[], base: Base, at: Path, reading: Reading): Fitted {
  const { def } = schema._zod;
  const last = layers.at(-1)!;
  // What a run had is what the transform gave.
  if (last.own !== undefined && 'recorded' in last.own && last.below === undefined)
    return { schema: keeping(schema), input: new Kept(last.own.recorded) };
  if (def.in!._zod.def.type === 'transform') {
    // In z.preprocess the transform takes anything; what follows it says how a text is meant.
    const leaf = bare(def.out!);
    const isText = last.own !== undefined && 'text' in last.own && last.below === undefined;
    const input =
      isText && !HAS_MEMBERS.has(leaf._zod.def.type)
        ? scalarOf(leaf, last.own, reading, at)
        : overlaid(layers, base, at);
    return { schema, input };
  }
  const inner = fit(def.in!, layers, inputOf(schema, layers, base, at), at, reading);
  return { schema: cloned(schema, { in: inner.schema }), input: inner.input };
}

const HAS_MEMBERS: ReadonlySet<string> = new Set(['object', 'record', 'array', 'tuple', 'union', 'intersection']);

/** What a pipe would take to give its base. @throws ParameterMisfit where only a transform could say */
function inputOf(schema: Schema, layers: readonly Setting[], base: Base, at: Path): Base {
  if (base.kind !== 'output') return base;
  const given = flatten(layers, at);
  if (given.kind !== 'members' || base.value === undefined || base.value === null) return NOTHING;
  try {
    const value = (schema as { encode?: (value: unknown) => unknown }).encode?.(base.value);
    if (value !== undefined) return { kind: 'input', value };
  } catch {
    // A transform has no way back.
  }
  throw new ParameterMisfit(at, { kind: 'transformed' });
}

/** For a schema that takes anything: the base, with what is given laid over it. */
function overlaid(layers: readonly Setting[], base: Base, at: Path): unknown {
  return layers.reduce<unknown>(
    (value, layer) => overlaidOnce(value, layer, at),
    isValue(base) ? base.value : undefined,
  );
}

function overlaidOnce(before: unknown, { own, below }: Setting, at: Path): unknown {
  // What a run had is complete.
  const isComplete = own !== undefined && 'recorded' in own;
  const start = own === undefined ? before : isComplete ? own.recorded : merge(before, plainOf({ own }, at));
  if (below === undefined) return start;
  if (start !== undefined && (typeof start !== 'object' || start === null))
    throw new ParameterMisfit(at, { kind: 'below', value: start });
  const copy: Record<string, unknown> | unknown[] = Array.isArray(start) ? [...(start as unknown[])] : { ...start };
  for (const [name, member] of below) {
    const step = Array.isArray(copy) && /^\d+$/.test(name) ? Number(name) : name;
    if (Array.isArray(copy) && (typeof step === 'string' || step > copy.length))
      throw new ParameterMisfit(
        [...at, step],
        typeof step === 'string' ? { kind: 'unknown', known: ['[0]'] } : { kind: 'gap', length: copy.length },
      );
    const isThere = Object.hasOwn(copy, name);
    const { isCleared, settings } = sinceCleared([member]);
    if (settings.length === 0) {
      if (Array.isArray(copy)) throw new ParameterMisfit([...at, step], { kind: 'item' });
      if (!isThere) throw new ParameterMisfit([...at, step], { kind: 'absent', known: Object.keys(copy) });
      Reflect.deleteProperty(copy, name);
      continue;
    }
    const inside = isThere && !isCleared ? (copy as Record<string, unknown>)[name] : undefined;
    const value = overlaidOnce(inside, settings[0]!, [...at, step]);
    Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

function merge(before: unknown, after: unknown): unknown {
  if (!isMembers(before) || !isMembers(after)) return after;
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(after))
    Object.defineProperty(merged, name, {
      value: merge(Object.hasOwn(before, name) ? before[name] : undefined, value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return merged;
}

function scalar(schema: Schema, layers: readonly Setting[], at: Path, reading: Reading): unknown {
  const last = layers.at(-1)!;
  if (last.own !== undefined && last.below === undefined) return scalarOf(schema, last.own, reading, at);
  const given = flatten(layers, at);
  if (given.kind === 'scalar') return scalarOf(schema, given.given, reading, at);
  // An object or a list, for zod to refuse; a member of what has none gets a sentence of its own.
  if (last.own === undefined && last.below!.length > 0)
    throw new ParameterMisfit(at, { kind: 'below', value: undefined });
  return overlaid(layers, NOTHING, at);
}
