/**
 * Canonical values: the only way for a JavaScript value to enter a key.
 *
 * A fresh tree is built first, and everything without one obvious JSON meaning is refused, with its path. Only this
 * tree is given to object-hash: for the original value, its answer changes after a JSON round trip as soon as two
 * members share a reference, and it hashes functions by their text.
 */
import { hash as nodeHash } from 'node:crypto';
import objectHash from 'object-hash';
import { UnhashableValueError } from '../../errors.ts';
import type { Digest } from './digest.ts';

export type CanonicalValue =
  null | boolean | number | string | readonly CanonicalValue[] | { readonly [key: string]: CanonicalValue };

/**
 * A fresh, canonical copy of `value`: -0 becomes 0, undefined members are dropped, keys are sorted by their UTF-8 bytes.
 * @throws UnhashableValueError naming the path of whatever is not JSON-like.
 */
export function canonical(value: unknown, path = 'value'): CanonicalValue {
  return build(value, path, new Set());
}

/** SHA-256 of a canonical value. 1 and "1", [1] and {0: 1}, 1e-9 and 3e-9 all differ. */
export function valueDigest(value: CanonicalValue): Digest {
  // Strings and short scalars repeat endlessly in a graph (stage names, rates): hash each distinct value once.
  const text = JSON.stringify(value);
  if (text.length > MEMO_TEXT_LIMIT) return hash(value);
  let digest = memo.get(text);
  if (digest === undefined) {
    if (memo.size >= MEMO_ENTRIES) memo.clear();
    digest = hash(value);
    memo.set(text, digest);
  }
  return digest;
}

/** Order of strings by their UTF-8 bytes: the same in every locale, unlike localeCompare, and for astral characters, unlike `<`. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // UTF-16 surrogates sort below U+E000..U+FFFF as code units but above them as UTF-8 bytes.
      const xs = x >= 0xd800 && x <= 0xdfff;
      const ys = y >= 0xd800 && y <= 0xdfff;
      return xs === ys ? x - y : xs ? 1 : -1;
    }
  }
  return a.length - b.length;
}

const MEMO_TEXT_LIMIT = 1024;
const MEMO_ENTRIES = 50_000;
const memo = new Map<string, Digest>();

/** The same digest as object-hash's, which takes 10 times as long for a short scalar; every node has several. */
function hash(value: CanonicalValue): Digest {
  if (typeof value === 'string') return hashText(`string:${value.length}:${value}`);
  if (typeof value === 'number') return hashText(`number:${value}`);
  if (typeof value === 'boolean') return hashText(`bool:${value}`);
  return objectHash(value, { algorithm: 'sha256', encoding: 'hex' }) as Digest;
}

function hashText(text: string): Digest {
  return nodeHash('sha256', text) as Digest;
}

function build(value: unknown, path: string, above: Set<object>): CanonicalValue {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      if (HALF_CHARACTER.test(value)) throw new UnhashableValueError(path, 'a string with half a surrogate pair');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new UnhashableValueError(path, String(value));
      return value === 0 ? 0 : value;
    case 'object':
      break;
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new UnhashableValueError(path, describe(value));
  }
  if (value === null) return null;
  if (above.has(value)) throw new UnhashableValueError(path, 'a reference back to one of its own parents');
  above.add(value);
  const copy = Array.isArray(value) ? buildArray(value, path, above) : buildObject(value, path, above);
  above.delete(value);
  return copy;
}

function buildArray(value: readonly unknown[], path: string, above: Set<object>): CanonicalValue {
  return Array.from(value, (item, index) => build(item, `${path}[${index}]`, above));
}

function buildObject(value: object, path: string, above: Set<object>): CanonicalValue {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new UnhashableValueError(path, describe(value));
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw new UnhashableValueError(path, 'an object with a symbol as key');
  const copy: Record<string, CanonicalValue> = {};
  for (const key of Object.keys(value).sort(compareUtf8)) {
    const member = (value as Record<string, unknown>)[key];
    if (HALF_CHARACTER.test(key)) throw new UnhashableValueError(path, 'an object with half a surrogate pair in a key');
    if (member === undefined) continue;
    // A plain assignment to __proto__ would set the prototype and lose the member.
    Object.defineProperty(copy, key, {
      value: build(member, `${path}.${key}`, above),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}

/** UTF-8 cannot represent it: all of them become the same replacement character, and would share one digest. */
const HALF_CHARACTER = /\p{Surrogate}/u;

function describe(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null) {
    const name = (value.constructor as { name?: string } | undefined)?.name;
    return name === undefined || name === '' ? 'an object with a prototype of its own' : `an instance of ${name}`;
  }
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}
