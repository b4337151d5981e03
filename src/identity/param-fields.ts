/**
 * Parameters as fields of a key, one a leaf, and back: the previews of these fields are complete JSON, so the
 * parameters of a state on record can be put together again.
 */
import { canonical, type CanonicalValue, valueDigest } from '../core/identity/canonical.ts';
import type { Field } from '../core/identity/cache-key.ts';
import type { Digest } from '../core/identity/digest.ts';
import { isSecretMark, mayHaveMark, sourcesIn, withoutMarks } from '../core/secret/mark.ts';

const ROOT = 'param';

/** Objects are walked, arrays are leaves. */
export function paramFields(value: CanonicalValue, into: Field[], digestOf: DigestOfSecret = unknownSecret): void {
  walk(value, root, into, digestOf);
}

/** The digest of the secret from this source. */
export type DigestOfSecret = (source: string) => Digest;

function unknownSecret(source: string): never {
  throw new Error(`internal error: the secret ${source} was not read`);
}

/** A place in parameters, with the field of the last scalar there: of thousands of nodes, most have the same one. */
interface Place {
  readonly path: string;
  readonly below: Map<string, Place>;
  value: CanonicalValue | undefined;
  field: Field | undefined;
}

const root = placeAt(ROOT);
/** Names may be data, and then there is no end of them. */
const MOST_NAMES = 1000;

function placeAt(path: string): Place {
  return { path, below: new Map(), value: undefined, field: undefined };
}

function placeBelow(place: Place, name: string): Place {
  let below = place.below.get(name);
  if (below === undefined) {
    if (place.below.size >= MOST_NAMES) place.below.clear();
    below = placeAt(`${place.path}.${escaped(name)}`);
    place.below.set(name, below);
  }
  return below;
}

function walk(value: CanonicalValue, place: Place, into: Field[], digestOf: DigestOfSecret): void {
  if (typeof value !== 'object' || value === null) {
    if (place.value !== value) {
      place.field = { name: place.path, digest: valueDigest(value), preview: JSON.stringify(value) };
      place.value = value;
    }
    into.push(place.field!);
    return;
  }
  if (!Array.isArray(value) && !isSecretMark(value)) {
    const members = value as Readonly<Record<string, CanonicalValue>>;
    const names = Object.keys(members);
    // An empty object at the root means no parameters; below the root it is a value like any other.
    if (names.length > 0 || place === root) {
      for (const name of names) walk(members[name]!, placeBelow(place, name), into, digestOf);
      return;
    }
  }
  const preview = JSON.stringify(value);
  const counted = mayHaveMark(preview) ? keyed(value, digestOf) : value;
  into.push({ name: place.path, digest: valueDigest(counted), preview });
}

/** The value with the digests of its secrets in place of their sources: where a secret is kept enters no key. */
function keyed(value: CanonicalValue, digestOf: DigestOfSecret): CanonicalValue {
  return withoutMarks(value, (source) => ({ $secret: digestOf(source) }));
}

/**
 * The parameters that gave these fields. Fields of other names are passed over.
 * @param others texts that may be the value of a field whose own preview is not: an older restage cut long ones off
 * @returns or the name of a field whose value is not known
 */
export function paramsOf(
  fields: readonly Field[],
  others: (digest: Digest) => readonly string[] = () => [],
): { readonly params: CanonicalValue } | { readonly unknown: string } {
  const root: Branch = new Map();
  for (const { name, digest, preview } of fields) {
    if (name !== ROOT && !name.startsWith(`${ROOT}.`)) continue;
    const value = valueOf(digest, [preview]) ?? valueOf(digest, others(digest));
    if (value === undefined) return { unknown: name };
    if (name === ROOT) return { params: value.value };
    place(root, pathOf(name.slice(ROOT.length + 1)), value);
  }
  return { params: canonical(objectOf(root)) };
}

interface Value {
  readonly value: CanonicalValue;
}

type Branch = Map<string, Branch | Value>;

function valueOf(digest: Digest, texts: readonly string[]): Value | undefined {
  for (const text of texts) {
    try {
      const value = canonical(JSON.parse(text));
      // Nothing on record tells the value of a secret: whoever reads it again compares it with the digest.
      if (valueDigest(value) === digest || [...sourcesIn(value)].length > 0) return { value };
    } catch {
      // It was shortened, so it is not JSON.
    }
  }
  return undefined;
}

function place(root: Branch, path: readonly string[], value: Value): void {
  let branch = root;
  for (const name of path.slice(0, -1)) {
    const below = branch.get(name);
    const next: Branch = below instanceof Map ? below : new Map<string, Branch | Value>();
    branch.set(name, next);
    branch = next;
  }
  branch.set(path.at(-1)!, value);
}

function objectOf(branch: Branch): Readonly<Record<string, unknown>> {
  const object: Record<string, unknown> = {};
  for (const [name, member] of branch)
    // A plain assignment to __proto__ would set the prototype and lose the member.
    Object.defineProperty(object, name, {
      value: member instanceof Map ? objectOf(member) : member.value,
      enumerable: true,
    });
  return object;
}

/**
 * Escapes a dot inside a name, to distinguish it from the dot between names: `{ 'a.b': 1 }` is not `{ a: { b: 1 } }`.
 */
function escaped(name: string): string {
  return /[.\\]/.test(name) ? name.replace(/[.\\]/g, '\\$&') : name;
}

function pathOf(escapedPath: string): readonly string[] {
  const path = [''];
  for (const [, mark, sign] of escapedPath.matchAll(/(\\?)([^])/g)) {
    if (mark === '' && sign === '.') path.push('');
    else path.push(path.pop()! + sign!);
  }
  return path;
}
