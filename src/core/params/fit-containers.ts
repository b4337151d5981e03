/** Fits settings into objects, records, lists and tuples. Each member is fitted into its own schema. */
import { type Base, type Fit, type Fitted, isValue, mayBeAbsent, NOTHING } from './fitted.ts';
import { type Flat, flatten, inOrder, sinceCleared } from './flatten.ts';
import { ParameterMisfit } from './misfit.ts';
import type { Path } from './path.ts';
import { objectOf, plainOf } from './scalar.ts';
import { cloned, Kept, keeping, memberSchema, Prepared, type Schema } from './schema.ts';
import { isMembers, type Setting } from './setting.ts';

/** Members that the schema does not know are refused, also where zod would leave them out. @throws ParameterMisfit */
export function fitObject(schema: Schema, layers: readonly Setting[], base: Base, at: Path, fit: Fit): Fitted {
  const given = flatten(layers, at);
  if (given.kind !== 'members') return { schema, input: plain(given, at) };
  const { shape = {}, catchall } = schema._zod.def;
  const before = membersOf(base);
  const members = new Map<string, unknown>();
  // Members that a default has beside the schema are part of what it gives.
  const besides: Record<string, Schema> = {};
  for (const [name, value] of before) {
    if (given.members.has(name) || (given.isRecorded && canGo(schema, name))) continue;
    members.set(name, base.kind === 'output' ? new Kept(value) : value);
    if (base.kind === 'output' && !Object.hasOwn(shape, name)) besides[name] = keeping(schema);
  }
  for (const [name, settings] of given.members) {
    const child = memberSchema(schema, name);
    // A run may have had what the schema does not know any more.
    if (child === undefined && isTakenAway(settings) && isSetBefore(settings)) continue;
    if (child === undefined) throw new ParameterMisfit([...at, name], { kind: 'unknown', known: Object.keys(shape) });
    if (!isTakenAway(settings))
      members.set(name, prepared(child, settings, baseOf(base, before, name), [...at, name], fit));
    else if (!canGo(schema, name)) throw new ParameterMisfit([...at, name], { kind: 'needed' });
    else if (!Object.hasOwn(shape, name)) wasThere(settings, before, [...at, name], given);
  }
  const keptShape = Object.fromEntries(Object.entries(shape).map(([name, child]) => [name, keeping(child)]));
  const changes = {
    shape: { ...keptShape, ...besides },
    ...(catchall === undefined || catchall._zod.def.type === 'never' ? {} : { catchall: keeping(catchall) }),
  };
  return { schema: cloned(schema, changes), input: objectOf(members) };
}

/** Members are added to what was there, unless a recorded run says that these are all. @throws ParameterMisfit */
export function fitRecord(schema: Schema, layers: readonly Setting[], base: Base, at: Path, fit: Fit): Fitted {
  const given = flatten(layers, at);
  if (given.kind !== 'members') return { schema, input: plain(given, at) };
  const valueType = schema._zod.def.valueType!;
  const before = given.isRecorded ? new Map<string, unknown>() : membersOf(base);
  const members = new Map<string, unknown>();
  for (const [name, value] of before) members.set(name, base.kind === 'output' ? new Kept(value) : value);
  for (const [name, settings] of given.members) {
    if (!isTakenAway(settings)) {
      members.set(name, prepared(valueType, settings, baseOf(base, before, name), [...at, name], fit));
      continue;
    }
    wasThere(settings, before, [...at, name], given);
    members.delete(name);
  }
  return { schema: cloned(schema, { valueType: keeping(valueType) }), input: objectOf(members) };
}

/**
 * A list replaces a list; positions change items of it, and the position behind its end adds one. @throws
 * ParameterMisfit
 */
export function fitList(schema: Schema, layers: readonly Setting[], base: Base, at: Path, fit: Fit): Fitted {
  const element = schema._zod.def.element!;
  const input = items(layers, base, at, fit, () => element);
  return { schema: cloned(schema, { element: keeping(element) }), input };
}

/** @throws ParameterMisfit */
export function fitTuple(schema: Schema, layers: readonly Setting[], base: Base, at: Path, fit: Fit): Fitted {
  const { items: own = [], rest } = schema._zod.def;
  const input = items(layers, base, at, fit, (index) => own[index] ?? rest ?? undefined);
  const changes = { items: own.map(keeping), ...(rest == null ? {} : { rest: keeping(rest) }) };
  return { schema: cloned(schema, changes), input };
}

function items(
  layers: readonly Setting[],
  base: Base,
  at: Path,
  fit: Fit,
  schemaAt: (index: number) => Schema | undefined,
): unknown {
  const given = flatten(layers, at);
  const item = (index: number, settings: readonly Setting[], before: Base): unknown => {
    if (isTakenAway(settings)) throw new ParameterMisfit([...at, index], { kind: 'item' });
    const schema = schemaAt(index);
    // zod says how long a tuple is.
    return schema === undefined
      ? plainOf(settings.at(-1)!, at)
      : prepared(schema, settings, before, [...at, index], fit);
  };
  switch (given.kind) {
    case 'scalar':
      return plain(given, at);
    case 'list':
      return given.items.map((settings, index) => item(index, settings, NOTHING));
    case 'members': {
      const before: readonly unknown[] = isValue(base) && Array.isArray(base.value) ? base.value : [];
      const list = before.map((value) => (base.kind === 'output' ? new Kept(value) : value));
      // Not a list: zod says what it takes.
      if (given.members.size === 0) return {};
      for (const [index, settings] of inOrder(given.members, at)) {
        if (index > list.length) throw new ParameterMisfit([...at, index], { kind: 'gap', length: list.length });
        const was = index < before.length && isValue(base) ? { ...base, value: before[index] } : NOTHING;
        list[index] = item(index, settings, was);
      }
      return list;
    }
  }
}

function prepared(schema: Schema, settings: readonly Setting[], base: Base, at: Path, fit: Fit): unknown {
  const { isCleared, settings: rest } = sinceCleared(settings);
  const fitted = fit(schema, rest, isCleared ? { kind: 'cleared' } : base, at);
  return new Prepared(fitted.schema, fitted.input);
}

/** Whether nothing is given for it any more. */
function isTakenAway(settings: readonly Setting[]): boolean {
  return sinceCleared(settings).settings.length === 0;
}

/** Whether an object of this schema may lack the member. */
function canGo(schema: Schema, name: string): boolean {
  const { shape = {} } = schema._zod.def;
  return !Object.hasOwn(shape, name) || mayBeAbsent(shape[name]!);
}

/** Whether a lower layer gives it. */
function isSetBefore(settings: readonly Setting[]): boolean {
  return settings.findLastIndex(({ isCleared }) => isCleared === true) > 0;
}

/** @throws ParameterMisfit unless there is something to remove */
function wasThere(
  settings: readonly Setting[],
  before: ReadonlyMap<string, unknown>,
  at: Path,
  { members }: Extract<Flat, { readonly kind: 'members' }>,
): void {
  if (isSetBefore(settings) || before.has(String(at.at(-1)))) return;
  const set = [...members].flatMap(([name, each]) => (isTakenAway(each) ? [] : [name]));
  throw new ParameterMisfit(at, { kind: 'absent', known: [...new Set([...before.keys(), ...set])] });
}

/** What zod refuses, in the form in which it is shown. */
function plain(given: Exclude<Flat, { kind: 'members' }>, at: Path): unknown {
  return given.kind === 'scalar'
    ? plainOf({ own: given.given }, at)
    : given.items.map((settings) => plainOf(settings.at(-1)!, at));
}

function membersOf(base: Base): ReadonlyMap<string, unknown> {
  return isValue(base) && isMembers(base.value) ? new Map(Object.entries(base.value)) : new Map();
}

function baseOf(base: Base, before: ReadonlyMap<string, unknown>, name: string): Base {
  return !isValue(base) || !before.has(name) ? NOTHING : { ...base, value: before.get(name) };
}
