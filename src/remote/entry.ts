/**
 * An entry of a remote: what a run or a state is, so that it can be found without its record, and of what it consists.
 * It is stored last, so that all that it names is there.
 */
import { type CacheKey, type Digest, isDigest, sha256 } from '../core/identity/digest.ts';
import { RemoteError } from '../errors.ts';
import { type EntryId, type EntryKey, type EntryKind, entryKey, REMOTE_FORMAT, type StoredKind } from './layout.ts';

export interface StoredBytes {
  readonly digest: Digest;
  readonly bytes: number;
}

/** A node and the key of the state that it came to. */
export interface EntryNode {
  readonly node: string;
  readonly state: CacheKey;
}

export interface EntryFacts {
  readonly pipeline: string;
  readonly source: string;
  /** Of the run, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly outcome: string;
  readonly tags: readonly string[];
  /** Of a state, itself alone. */
  readonly nodes: readonly EntryNode[];
}

export interface Entry extends EntryFacts {
  readonly kind: EntryKind;
  readonly id: EntryId;
  /** The schema of the record. */
  readonly schema: number;
  /** The text of the slice. */
  readonly record: StoredBytes;
  /** Those that this entry comes with; bytes that the pusher did not have are missing. */
  readonly objects: readonly StoredBytes[];
}

export interface WrittenEntry {
  readonly key: string;
  readonly text: string;
}

export function writeEntry({ kind, id, ...rest }: Entry): WrittenEntry {
  return writtenEntry(kind, id, rest);
}

/** What an entry of any kind says, as it is stored. */
export function writtenEntry(kind: StoredKind, id: EntryId, rest: object): WrittenEntry {
  const text = `${JSON.stringify({ format: REMOTE_FORMAT, kind, id, ...rest })}\n`;
  return { key: entryKey(kind, id, sha256(text)), text };
}

/**
 * Undefined for an entry of a newer format, of which this restage understands nothing.
 * @throws RemoteError for one that is not what its key says
 */
export function readEntry(text: string, key: EntryKey, address: string): Entry | undefined {
  return entryIn(text, key, address, isEntry);
}

/** The same for entries of any kind. @param is whether it has the form of its kind */
export function entryIn<T extends object>(
  text: string,
  { kind, id, digest }: EntryKey<StoredKind>,
  address: string,
  is: (value: Readonly<Record<string, unknown>>) => value is Readonly<Record<string, unknown>> & T,
): T | undefined {
  const broken = (): RemoteError =>
    new RemoteError(
      'damaged',
      `${address} has an entry that is not what its name says (${entryKey(kind, id, digest)}); nothing of it was used. Remove it there, and push again.`,
    );
  if (sha256(text) !== digest) throw broken();
  let value: Readonly<Record<string, unknown>>;
  try {
    value = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    throw broken();
  }
  if (typeof value['format'] === 'number' && value['format'] > REMOTE_FORMAT) return undefined;
  if (!is(value) || value['kind'] !== kind || value['id'] !== id) throw broken();
  return value;
}

function isEntry(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & Entry {
  const { pipeline, source, startedAt, outcome, tags, nodes, schema, record, objects } = value;
  return (
    [pipeline, source, outcome].every((each) => typeof each === 'string') &&
    [startedAt, schema].every(Number.isSafeInteger) &&
    isList(tags, (each) => typeof each === 'string') &&
    isList(nodes, ({ node, state }: Partial<EntryNode>) => typeof node === 'string' && isHex(state)) &&
    isStored(record) &&
    isList(objects, isStored)
  );
}

export function isList(value: unknown, is: (each: never) => boolean): boolean {
  return Array.isArray(value) && value.every((each) => each !== null && is(each as never));
}

export function isStored(value: unknown): boolean {
  const { digest, bytes } = (value ?? {}) as Partial<StoredBytes>;
  return isHex(digest) && Number.isSafeInteger(bytes) && bytes! >= 0;
}

function isHex(value: unknown): boolean {
  return typeof value === 'string' && isDigest(value);
}
