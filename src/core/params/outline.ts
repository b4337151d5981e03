/** The parameters that a schema has, one by one, for people: what each takes, and within which bounds. */
import { type CanonicalValue, canonical } from '../identity/canonical.ts';
import { fit } from './fit.ts';
import { NOTHING, parse } from './fitted.ts';
import { startOf } from './parse-params.ts';
import { type Path, pathText } from './path.ts';
import { enumValues, objectOf } from './scalar.ts';
import { formatOf, rangeOf } from './bounds.ts';
import { bare, type Schema, wrapped } from './schema.ts';

export interface ParameterOutline {
  /** As `-S` takes it. */
  readonly path: string;
  /** `whole number`, `list of texts`, `number or null`. */
  readonly type: string;
  /** All values that it takes, if they can be counted; else null. */
  readonly choices: readonly (string | number | boolean | null)[] | null;
  /** `> 0`, `2 to 5`, `at least 1 item`; null without bounds. */
  readonly range: string | null;
  /** Nothing need be given, and there is no default. */
  readonly optional: boolean;
  /** It has to be given. Of a variant's parameter: if that variant is chosen. */
  readonly required: boolean;
  /** The variant that has it: `model.kind=deep`; null if every one has. */
  readonly when: string | null;
  readonly description: string | null;
}

/** A getter may make a new schema each time. */
const DEEPEST = 6;

/** In the order of declaration. What a list or a record holds is a part of its type. */
export function outlineOf(schema: Schema): readonly ParameterOutline[] {
  const walk: Walk = (current, path, around) => {
    const inner = bare(current);
    const { above } = around;
    // What may be left out as a whole need not be given in parts.
    const place = { ...around, isSpared: around.isSpared || maybeLeftOut(current), above: [...above, inner] };
    // A schema that contains itself has no end.
    if (above.includes(inner)) return [leaf(current, path, around)];
    const { def } = inner._zod;
    const depth = path.length;
    if (def.type === 'object' && depth < DEEPEST && (depth === 0 || Object.keys(def.shape!).length > 0))
      return Object.entries(def.shape!).flatMap(([name, child]) => walk(child, [...path, name], place));
    if (def.type === 'intersection') return [...walk(def.left!, path, place), ...walk(def.right!, path, place)];
    if (def.type === 'union' && def.discriminator !== undefined && depth < DEEPEST)
      return variants(inner, def.discriminator, path, place, walk);
    return [leaf(current, path, around)];
  };
  return walk(schema, [], { when: null, isSpared: false, above: [] });
}

/** The values without settings; of a schema that needs one, those of the members that have a default of their own. */
export function defaultsOf(schema: Schema): CanonicalValue {
  const answer = parse(fit(schema, startOf(schema, []), NOTHING, []));
  return canonical('data' in answer ? answer.data : knownDefaults(schema, DEEPEST), 'params');
}

function knownDefaults(schema: Schema, depth: number): unknown {
  const own = parse({ schema, input: undefined });
  if ('data' in own) return own.data;
  const { shape } = bare(schema)._zod.def;
  if (shape === undefined || depth === 0) return undefined;
  const members = Object.entries(shape).flatMap(([name, child]) => {
    const known = knownDefaults(child, depth - 1);
    return known === undefined ? [] : [[name, known] as const];
  });
  return depth < DEEPEST && members.length === 0 ? undefined : objectOf(members);
}

/** What is known of a schema's place. */
interface Around {
  /** The variant that it belongs to. */
  readonly when: string | null;
  /** Something around it may be left out, or has a default. */
  readonly isSpared: boolean;
  readonly above: readonly Schema[];
}

type Walk = (schema: Schema, path: Path, around: Around) => readonly ParameterOutline[];

function variants(
  union: Schema,
  discriminator: string,
  path: Path,
  around: Around,
  walk: Walk,
): readonly ParameterOutline[] {
  const at = [...path, discriminator];
  const options = union._zod.def.options!.map((option) => {
    const kind = bare(option)._zod.def.shape?.[discriminator];
    return { option, kinds: kind === undefined ? [] : (choicesOf(kind) ?? []) };
  });
  const choices = options.flatMap(({ kinds }) => kinds);
  const first = { ...leaf(union, at, around), type: 'choice', choices };
  const rest = options.flatMap(({ option, kinds }) => {
    const named = `${pathText(at)}=${kinds.map(String).join('|')}`;
    return walk(option, path, { ...around, when: named }).filter((outline) => outline.path !== pathText(at));
  });
  return [first, ...rest];
}

function leaf(schema: Schema, path: Path, { when, isSpared }: Around): ParameterOutline {
  const types = wrappers(schema).map(({ _zod: { def } }) => def.type);
  return {
    path: pathText(path),
    type: typeOf(schema),
    choices: choicesOf(schema),
    range: rangeOf(bare(schema)),
    optional: types.includes('optional') && !types.includes('default') && !types.includes('prefault'),
    required: !isSpared && !maybeLeftOut(schema),
    when,
    description: descriptionOf(schema),
  };
}

/** Whether the schema takes nothing: it is optional, or has a default or another way to make a value of its own. */
function maybeLeftOut(schema: Schema): boolean {
  return 'data' in parse({ schema, input: undefined });
}

/** The schema and all that it wraps. */
function wrappers(schema: Schema): readonly Schema[] {
  const chain: Schema[] = [];
  const last = bare(schema);
  for (let inner: Schema | undefined = schema; inner !== undefined; inner = inner === last ? undefined : wrapped(inner))
    chain.push(inner);
  return chain;
}

function descriptionOf(schema: Schema): string | null {
  for (const each of wrappers(schema)) {
    const { description } = each as { readonly description?: unknown };
    if (typeof description === 'string') return description;
  }
  return null;
}

function typeOf(schema: Schema, isPlural = false): string {
  const s = isPlural ? 's' : '';
  const isNullable = wrappers(schema).some(({ _zod: { def } }) => def.type === 'nullable');
  const type = plainType(bare(schema), s);
  return isNullable ? `${type} or null` : type;
}

function plainType(schema: Schema, s: string): string {
  const { def } = schema._zod;
  switch (def.type) {
    case 'string': {
      const format = formatOf(schema);
      return `text${s}${format === undefined ? '' : ` (${format})`}`;
    }
    case 'template_literal':
      return `text${s}`;
    case 'number':
      return /int/.test(formatOf(schema) ?? '') ? `whole number${s}` : `number${s}`;
    case 'bigint':
      return `whole number${s}`;
    case 'boolean':
      return 'true or false';
    case 'enum':
    case 'literal':
      return `choice${s}`;
    case 'array':
      return `list${s} of ${typeOf(def.element!, true)}`;
    case 'tuple':
      return `list${s} of ${def.items!.map((item) => typeOf(item)).join(', ')}`;
    case 'record':
      return `${typeOf(def.valueType!, true)} by name`;
    case 'union':
      return [...new Set(def.options!.map((option) => typeOf(option, s !== '')))].join(' or ');
    case 'object': {
      const names = Object.keys(def.shape!);
      return `object${s}${names.length === 0 ? '' : ` with ${names.join(', ')}`}`;
    }
    case 'transform':
      return def.secret === true ? `secret${s}` : 'anything';
    case 'unknown':
    case 'any':
    case 'custom':
      return 'anything';
    default:
      return def.type;
  }
}

function choicesOf(schema: Schema): ParameterOutline['choices'] {
  const inner = bare(schema);
  const { type, entries, values, options } = inner._zod.def;
  const own =
    type === 'enum'
      ? enumValues(entries!)
      : type === 'literal'
        ? values!.map((value) => (isScalar(value) ? value : `${value as bigint | undefined}`))
        : type === 'union'
          ? allChoices(options!)
          : null;
  if (own === null) return null;
  return wrappers(schema).some(({ _zod: { def } }) => def.type === 'nullable') ? [...own, null] : own;
}

function allChoices(options: readonly Schema[]): ParameterOutline['choices'] {
  const each = options.map(choicesOf);
  return each.includes(null) ? null : [...new Set(each.flatMap((choices) => choices ?? []))];
}

function isScalar(value: unknown): value is Exclude<CanonicalValue, object> | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
