/** The codec of JSON: any JSON-like value, in its canonical form. */
import type { z } from 'zod';
import { DataError, DecodeError } from '../../../errors.ts';
import { type CanonicalValue, canonicalData, jsonText } from '../../identity/canonical.ts';
import type { Codec, Difference } from '../codec.ts';
import { numericDifference } from '../numeric-difference.ts';
import { schemaFlaw } from '../schema-flaw.ts';

const PREVIEW_BYTES = 4096;
const LONGEST_LEAF = 60;

/**
 * Any JSON-like value. With a zod schema, what is written and read is checked against it. Its parts must not change a
 * value again that they have changed before: a stage with a transform in such a schema is refused.
 */
export function json<T = CanonicalValue>(schema?: z.ZodType<T>): Codec<'json', T> {
  const flaw = (isLoaded: boolean): string | undefined => (schema === undefined ? undefined : flawOf(schema, isLoaded));
  const check = (value: unknown, where: string): T =>
    schema === undefined ? (value as T) : parse(schema, value, where);
  return {
    kind: 'json',
    flaw,
    encode: (value, where) => {
      const found = flaw(true);
      if (found !== undefined) throw new DataError(`${where} ${found}.`);
      if (schema !== undefined) refuseProto(value, where);
      const tree = canonicalData(check(value, where), where);
      if (schema !== undefined) checkAgain(schema, tree, where);
      return [Buffer.from(jsonText(tree))];
    },
    decode: (bytes, where) => {
      try {
        return check(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()), where);
      } catch (cause) {
        if (cause instanceof SyntaxError) throw new DecodeError(`${where} is not JSON: ${cause.message}.`, { cause });
        throw cause;
      }
    },
    preview: (value) => ({ type: 'value', value }),
    previewBytes: PREVIEW_BYTES,
    compare: (first, second) => [...differences(canonicalData(first), canonicalData(second), '')],
  };
}

function flawOf(schema: z.ZodType, isLoaded: boolean): string | undefined {
  const flaw = schemaFlaw(schema, isLoaded);
  if (flaw === undefined) return undefined;
  return `has a schema with ${flaw.what}${flaw.at === '' ? '' : ` at ${flaw.at}`}: ${flaw.advice}`;
}

/** @throws DecodeError for a value that does not fit */
function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = safeParse(schema, value, where);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new DecodeError(`${where} does not fit its schema at ${issue.path.join('.') || 'its root'}: ${issue.message}.`);
}

function safeParse<T>(schema: z.ZodType<T>, value: unknown, where: string): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    if ((cause as Error | null)?.constructor.name !== '$ZodAsyncError') throw cause;
    throw new DataError(
      `${where} has a schema with an asynchronous check: json() checks at once and cannot wait; await in the stage's run, and keep what comes of it.`,
      { cause },
    );
  }
}

/**
 * What was parsed must be what a reader gets, who parses it once more.
 * @throws DataError
 */
function checkAgain(schema: z.ZodType, tree: CanonicalValue, where: string): void {
  const again = safeParse(schema, tree, where);
  if (!again.success) {
    const issue = again.error.issues[0]!;
    throw new DataError(
      `${where} does not fit its own schema once it is parsed, at ${issue.path.map(String).join('.') || 'its root'}: ${issue.message}; give the schema a default, or a catch, that fits it.`,
    );
  }
  if (jsonText(canonicalData(again.data, where)) !== jsonText(tree))
    throw new DataError(
      `${where} is changed by its schema each time it is parsed, so it would be read as another value; change the value in the stage's run, and check it with refine().`,
    );
}

/** zod drops members of this name, to protect prototypes. @throws DataError instead of losing one */
function refuseProto(value: unknown, where: string, above: readonly object[] = []): void {
  if (typeof value !== 'object' || value === null || above.includes(value)) return;
  const below = [...above, value];
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') refuseProto(item, where, below);
    return;
  }
  for (const [name, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (name === '__proto__')
      throw new DataError(
        `${where} has a member called __proto__, which zod drops; rename it, or use json() without a schema.`,
      );
    if (typeof member === 'object') refuseProto(member, where, below);
  }
}

function* differences(first: CanonicalValue, second: CanonicalValue, path: string): Generator<Difference> {
  const [a, b] = [membersOf(first), membersOf(second)];
  if (a === undefined || b === undefined || Array.isArray(first) !== Array.isArray(second)) {
    const [before, after] = [jsonText(first), jsonText(second)];
    if (before !== after) yield { where: path, what: `${clip(before)} -> ${clip(after)}`, ...numbersOf(first, second) };
    return;
  }
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const where = path === '' ? name : `${path}.${name}`;
    const [before, after] = [a.get(name), b.get(name)];
    if (before === undefined) yield { where, what: `only in the second: ${clip(jsonText(after!))}` };
    else if (after === undefined) yield { where, what: `only in the first: ${clip(jsonText(before))}` };
    else yield* differences(before, after, where);
  }
}

/** Of two numbers, by how much they differ. */
function numbersOf(first: CanonicalValue, second: CanonicalValue): Pick<Difference, 'numbers'> {
  if (typeof first !== 'number' || typeof second !== 'number') return {};
  const numbers = numericDifference(Float64Array.of(first), Float64Array.of(second));
  return numbers === undefined ? {} : { numbers };
}

/** The members of an array or object; undefined for a scalar. */
function membersOf(value: CanonicalValue): ReadonlyMap<string, CanonicalValue> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function clip(text: string): string {
  return text.length <= LONGEST_LEAF ? text : `${text.slice(0, LONGEST_LEAF)}...`;
}
