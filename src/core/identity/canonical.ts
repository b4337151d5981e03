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
 * A fresh, canonical copy of `value`: -0 becomes 0, undefined members are dropped, keys are sorted by their UTF-8
 * bytes.
 * @throws UnhashableValueError naming the path of whatever is not JSON-like.
 */
export function canonical(value: unknown, path = 'value'): CanonicalValue {
  return build(value, path, null, 0);
}

/**
 * As `canonical`, for data and not for keys: -0 stays -0, since a program that divides by it can tell.
 * @param what the whole, as a phrase: what is refused is told as `output y of node fit, at [0].loss,`
 * @throws UnhashableValueError
 */
export function canonicalData(value: unknown, what = 'value'): CanonicalValue {
  return build(value, `${what}${WITHIN}`, null, -0);
}

/** Ends a root that is a phrase: a path that is put behind its last word would seem to belong to that word. */
const WITHIN = ', at ';

/** The JSON text of a canonical value; unlike JSON.stringify it writes -0, which JSON has and JSON.parse reads. */
export function jsonText(value: CanonicalValue): string {
  return hasNegativeZero(value) ? textOf(value) : JSON.stringify(value);
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

/**
 * Order of strings by their UTF-8 bytes: the same in every locale, unlike localeCompare, and for astral characters,
 * unlike `<`.
 */
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

/** Where in a value the walk is: the objects above, and how each leads to the next. Spelled out for an error alone. */
interface Place {
  readonly value: object;
  readonly above: Place | string;
  /** The member of the object above, or the index in the array above; null at the root. */
  readonly step: string | number | null;
}

/** @param zero what -0 becomes */
function build(value: unknown, above: Place | string, step: string | number | null, zero: number): CanonicalValue {
  if (isCanonicalScalar(value)) return value;
  if (typeof value === 'number' && value === 0) return zero;
  if (typeof value !== 'object') throw new UnhashableValueError(pathOf(above, step), describe(value));
  for (let at = above; typeof at === 'object'; at = at.above)
    if (at.value === value)
      throw new UnhashableValueError(pathOf(above, step), 'a reference back to one of its own parents');
  const place = { value, above, step };
  if (Array.isArray(value)) return Array.from(value, (item, index) => build(item, place, index, zero));
  return buildObject(value, place, zero);
}

/** A value that is its own canonical form. */
export function isCanonicalScalar(value: unknown): value is boolean | number | string | null {
  if (typeof value === 'string') return isWellFormed(value);
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'boolean' || value === null;
}

function buildObject(value: object, place: Place, zero: number): CanonicalValue {
  if (!isPlainObject(value)) throw new UnhashableValueError(pathOf(place.above, place.step), describe(value));
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw new UnhashableValueError(pathOf(place.above, place.step), 'an object with a symbol as key');
  const copy: Record<string, CanonicalValue> = {};
  for (const key of sortedKeys(value, place)) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const canonicalMember = isCanonicalScalar(member) ? member : build(member, place, key, zero);
    // A plain assignment to __proto__ would set the prototype and lose the member.
    if (key === '__proto__')
      Object.defineProperty(copy, key, {
        value: canonicalMember,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else copy[key] = canonicalMember;
  }
  return copy;
}

/**
 * Whether all that the object has are its own members: its prototype is null, or the Object.prototype of any context.
 */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Keys that are well formed and in order: most objects have the same ones as the one before. */
let latestKeys: readonly string[] = [];

function sortedKeys(value: object, place: Place): readonly string[] {
  const keys = Object.keys(value);
  if (isSameList(keys, latestKeys)) return latestKeys;
  if (!keys.every(isWellFormed))
    throw new UnhashableValueError(pathOf(place.above, place.step), 'an object with half a surrogate pair in a key');
  // Most objects are written in order: to look is cheaper than to sort.
  for (let i = 1; i < keys.length; i++) if (compareUtf8(keys[i - 1]!, keys[i]!) > 0) return keys.sort(compareUtf8);
  latestKeys = keys;
  return keys;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function hasNegativeZero(value: CanonicalValue): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0);
  if (Array.isArray(value)) return (value as readonly CanonicalValue[]).some(hasNegativeZero);
  return Object.values(value).some(hasNegativeZero);
}

function textOf(value: CanonicalValue): string {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly CanonicalValue[]).map(textOf).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${textOf(member)}`);
  return `{${members.join(',')}}`;
}

/**
 * UTF-8 cannot represent half a surrogate pair: all of them would become the same replacement character, and share one
 * digest.
 */
function isWellFormed(text: string): boolean {
  // In every Node that restage runs on, and not yet in TypeScript's library of that year.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function pathOf(above: Place | string, step: string | number | null): string {
  let steps = step === null ? '' : stepText(step);
  let at = above;
  for (; typeof at === 'object'; at = at.above) if (at.step !== null) steps = `${stepText(at.step)}${steps}`;
  if (!at.endsWith(WITHIN)) return `${at}${steps}`;
  return steps === '' ? at.slice(0, -WITHIN.length) : `${at}${steps.replace(/^\./, '')},`;
}

function stepText(step: string | number): string {
  return typeof step === 'number' ? `[${step}]` : `.${step}`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return 'a string with half a surrogate pair';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null) {
    const name = (value.constructor as { name?: string } | undefined)?.name;
    return name === undefined || name === '' ? 'an object with a prototype of its own' : `an instance of ${name}`;
  }
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}
