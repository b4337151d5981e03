/**
 * Parameters that a schema takes as they are: objects of scalars without rules of the author's own. A pipeline gives
 * them for thousands of nodes, and to ask zod takes ten times as long as to look at them. It accepts only what zod
 * certainly gives back unchanged; everything else, and every complaint, is zod's.
 */
import { type CanonicalValue, compareUtf8, isCanonicalScalar, isPlainObject } from '../identity/canonical.ts';
import type { Check, Definition, Schema } from './schema.ts';

/** Whether zod gives this scalar back as it is. */
type Accepts = (value: unknown) => boolean;

/** The members of an object, by name in canonical order; null for a schema that is zod's to ask. */
type Members = readonly { readonly name: string; readonly accepts: Accepts }[] | null;

const known = new WeakMap<Schema, Members>();

/** The canonical value of what zod gives for these parameters; undefined if only zod can tell. */
export function plainParams(schema: Schema, value: unknown): CanonicalValue | undefined {
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return undefined;
  let members = known.get(schema);
  if (members === undefined) known.set(schema, (members = membersOf(schema)));
  if (members === null || Object.keys(value).length !== members.length) return undefined;
  const params: Record<string, CanonicalValue> = {};
  for (const { name, accepts } of members) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (!accepts(member) || !isCanonicalScalar(member)) return undefined;
    params[name] = member;
  }
  return params;
}

function membersOf({ _zod: { def } }: Schema): Members {
  const isStrict = def.catchall === undefined || def.catchall._zod.def.type === 'never';
  if (def.type !== 'object' || hasChecks(def) || !isStrict) return null;
  const members: { readonly name: string; readonly accepts: Accepts }[] = [];
  for (const [name, schema] of Object.entries(def.shape ?? {})) {
    const accepts = acceptsOf(schema);
    // Every object has a value of such a name.
    if (accepts === undefined || name in Object.prototype || !isCanonicalScalar(name)) return null;
    members.push({ name, accepts });
  }
  return members.sort((a, b) => compareUtf8(a.name, b.name));
}

function acceptsOf({ _zod: { def } }: Schema): Accepts | undefined {
  switch (def.type) {
    case 'string':
      return hasChecks(def) || def.format !== undefined ? undefined : (value) => typeof value === 'string';
    case 'number':
      return acceptsNumber(def);
    case 'boolean':
      return hasChecks(def) ? undefined : (value) => typeof value === 'boolean';
    case 'enum': {
      const values = Object.values(def.entries ?? {});
      const isOne: Accepts = (value) => values.includes(value as string);
      return hasChecks(def) || !values.every((value) => typeof value === 'string') ? undefined : isOne;
    }
    case 'default':
    case 'optional':
      // Of a member that is given, and `undefined` is none.
      return hasChecks(def) ? undefined : acceptsOf(def.innerType!);
    default:
      return undefined;
  }
}

function acceptsNumber({ format, checks = [] }: Definition): Accepts | undefined {
  if (format !== undefined && format !== 'safeint') return undefined;
  const isNumber = format === undefined ? Number.isFinite : Number.isSafeInteger;
  const bounds = checks.map(acceptsBound);
  if (bounds.length === 0) return isNumber;
  if (!bounds.every((bound) => bound !== undefined)) return undefined;
  return (value) => isNumber(value) && bounds.every((accepts) => accepts(value));
}

function acceptsBound({ _zod: { def } }: Check): Accepts | undefined {
  const { check, value: bound, inclusive, format } = def;
  if (check === 'number_format' && format === 'safeint') return Number.isSafeInteger;
  if (typeof bound !== 'number' || typeof inclusive !== 'boolean') return undefined;
  if (check === 'greater_than') return (value) => (value as number) > bound || (inclusive && value === bound);
  if (check === 'less_than') return (value) => (value as number) < bound || (inclusive && value === bound);
  return undefined;
}

function hasChecks({ checks = [] }: Definition): boolean {
  return checks.length > 0;
}
