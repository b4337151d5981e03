/**
 * Cache keys: the digest of a flat, named field list, every field of which is stored.
 *
 *     sha256("restage/state/v1" + for each field, sorted by the UTF-8 bytes of its name:
 *            u32le length of name, name, u32le length of digest, digest (32 bytes))
 *
 * Explaining a miss is therefore a comparison of two lists, `diffFields`. The README lists every field for users.
 * Policy (tags, retries, timeouts, resources, priority, host, paths) cannot enter a key, because it is not a field.
 */
import { hash } from 'node:crypto';
import { compareUtf8 } from './canonical.ts';
import type { CacheKey, Digest, PlanKey } from './digest.ts';

/** One fact that a state depends on. `preview` is never hashed: the value for people, of a parameter complete JSON. */
export interface Field {
  /**
   * `stage`, `code`, `param.<path>`, `in.<slot>`, `in.<slot>.<index>`, `seed`, `backend`, `dep.<package>`,
   * `env.<NAME>`, `runtime` or `schema`.
   */
  readonly name: string;
  readonly digest: Digest;
  readonly preview: string;
}

const LONGEST_SHOWN = 80;

/** The preview for a sentence or a table, where a long value is shortened. */
export function shownPreview({ preview }: Pick<Field, 'preview'>): string {
  return preview.length > LONGEST_SHOWN ? `${preview.slice(0, LONGEST_SHOWN - 1)}…` : preview;
}

export function cacheKey(fields: readonly Field[]): CacheKey {
  return rootDigest('restage/state/v1', fields) as CacheKey;
}

/** As `cacheKey`, for fields whose inputs are named by plan key. The prefix keeps the two kinds from ever colliding. */
export function planKey(fields: readonly Field[]): PlanKey {
  return rootDigest('restage/plan/v1', fields) as PlanKey;
}

export interface FieldChange {
  readonly name: string;
  readonly before: Field | undefined;
  readonly after: Field | undefined;
}

/** The fields that differ, sorted by name. */
export function diffFields(before: readonly Field[], after: readonly Field[]): readonly FieldChange[] {
  const old = new Map(before.map((field) => [field.name, field]));
  const now = new Map(after.map((field) => [field.name, field]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareUtf8);
  return names
    .filter((name) => old.get(name)?.digest !== now.get(name)?.digest)
    .map((name) => ({ name, before: old.get(name), after: now.get(name) }));
}

/** The pre-images of fields with these names, one for each prefix. */
interface Layout {
  readonly names: readonly string[];
  /** Without prefix and digests. */
  readonly bytes: Buffer;
  /** Where in `bytes` the digest of each field goes. */
  readonly offsets: readonly number[];
  readonly images: Map<string, Image>;
}

/**
 * The pre-image of the last key: most digests of the next one are the same, and to write one takes as long as to hash
 * it.
 */
interface Image {
  readonly bytes: Buffer;
  /** Of each field, the digest that is in `bytes`; undefined if there is none. */
  readonly digests: (Digest | undefined)[];
}

/** By field names: all nodes of a stage have the same ones, and sorting them for each node took longer than hashing. */
const layouts = new Map<string, Layout>();
const KEPT_LAYOUTS = 10_000;
/**
 * The layouts that were used last, the last one first: to compare names takes less time than to make a text of them.
 */
const recent: Layout[] = [];
const RECENT_LAYOUTS = 4;

function layoutOf(fields: readonly Field[]): Layout {
  const last = recent.find(
    ({ names }) => names.length === fields.length && fields.every(({ name }, i) => name === names[i]),
  );
  if (last !== undefined) return last;
  const layout = keptLayout(fields.map(({ name }) => name));
  recent.unshift(layout);
  if (recent.length > RECENT_LAYOUTS) recent.pop();
  return layout;
}

function keptLayout(names: readonly string[]): Layout {
  const id = JSON.stringify(names);
  let layout = layouts.get(id);
  if (layout === undefined) {
    layout = layOut(names);
    if (layouts.size >= KEPT_LAYOUTS) layouts.clear();
    layouts.set(id, layout);
  }
  return layout;
}

function layOut(names: readonly string[]): Layout {
  const order = names.map((_, index) => index).sort((a, b) => compareUtf8(names[a]!, names[b]!));
  const bytes = Buffer.alloc(names.reduce((sum, name) => sum + 8 + Buffer.byteLength(name) + DIGEST_BYTES, 0));
  const offsets: number[] = [];
  let at = 0;
  for (const [i, index] of order.entries()) {
    const name = names[index]!;
    if (i > 0 && names[order[i - 1]!] === name) throw new Error(`internal error: field ${name} twice in one key`);
    const length = bytes.write(name, at + 4);
    bytes.writeUInt32LE(length, at);
    at = bytes.writeUInt32LE(DIGEST_BYTES, at + 4 + length);
    offsets[index] = at;
    at += DIGEST_BYTES;
  }
  return { names, bytes, offsets, images: new Map() };
}

const DIGEST_BYTES = 32;

function rootDigest(prefix: string, fields: readonly Field[]): string {
  const layout = layoutOf(fields);
  let image = layout.images.get(prefix);
  if (image === undefined) {
    image = { bytes: Buffer.concat([Buffer.from(prefix, 'latin1'), layout.bytes]), digests: [] };
    layout.images.set(prefix, image);
  }
  for (let index = 0; index < fields.length; index++) {
    const { name, digest } = fields[index]!;
    if (image.digests[index] === digest) continue;
    // An error leaves half a digest there.
    image.digests[index] = undefined;
    const written = image.bytes.write(digest, prefix.length + layout.offsets[index]!, DIGEST_BYTES, 'hex');
    if (written !== DIGEST_BYTES || digest.length !== 2 * DIGEST_BYTES)
      throw new Error(`internal error: field ${name} has no SHA-256 digest: ${digest}`);
    image.digests[index] = digest;
  }
  return hash('sha256', image.bytes);
}
