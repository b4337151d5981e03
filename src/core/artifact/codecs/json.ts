/** The codec of JSON: any JSON-like value, in its canonical form. */
import type { z } from 'zod';
import { DecodeError } from '../../../errors.ts';
import { refuseZod3 } from '../../diagnostics/zod-version.ts';
import { type CanonicalValue, canonical } from '../../identity/canonical.ts';
import type { Codec, Difference } from '../codec.ts';

const PREVIEW_BYTES = 4096;
const LONGEST_LEAF = 60;

/** Any JSON-like value. With a zod schema, what is written and read is checked against it. */
export function json<T = CanonicalValue>(schema?: z.ZodType<T>): Codec<'json', T> {
  refuseZod3('values of a json() codec', schema);
  const check = (value: unknown, where: string): T => {
    if (schema === undefined) return value as T;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw new DecodeError(
      `${where} does not fit its schema at ${issue.path.join('.') || 'its root'}: ${issue.message}.`,
    );
  };
  return {
    kind: 'json',
    encode: (value, where) => [Buffer.from(JSON.stringify(canonical(check(value, where), where)))],
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
    compare: (first, second) => [...differences(canonical(first), canonical(second), '')],
  };
}

function* differences(first: CanonicalValue, second: CanonicalValue, path: string): Generator<Difference> {
  const [a, b] = [membersOf(first), membersOf(second)];
  if (a === undefined || b === undefined || Array.isArray(first) !== Array.isArray(second)) {
    const [before, after] = [JSON.stringify(first), JSON.stringify(second)];
    if (before !== after) yield { where: path, what: `${clip(before)} -> ${clip(after)}` };
    return;
  }
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const where = path === '' ? name : `${path}.${name}`;
    const [before, after] = [a.get(name), b.get(name)];
    if (before === undefined) yield { where, what: `only in the second: ${clip(JSON.stringify(after))}` };
    else if (after === undefined) yield { where, what: `only in the first: ${clip(JSON.stringify(before))}` };
    else yield* differences(before, after, where);
  }
}

/** The members of an array or object; undefined for a scalar. */
function membersOf(value: CanonicalValue): ReadonlyMap<string, CanonicalValue> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function clip(text: string): string {
  return text.length <= LONGEST_LEAF ? text : `${text.slice(0, LONGEST_LEAF)}...`;
}
