/**
 * The layout of a remote, which docs/remotes.md describes. Blobs have the SHA-256 of what they hold in their key, so
 * each is checked when it is read, and whoever stores one that is there stores the same.
 *
 *     restage-remote.json             the marker: a place that has it is a remote of restage, of this format
 *     objects/ab/<62 hex>             the bytes of an artifact
 *     records/ab/<62 hex>             a slice of a record as text, compressed with gzip; the digest is that of the text
 *     entries/runs/<id>/<64 hex>      what a run is, and of which slice and objects it consists
 *     entries/states/<key>/<64 hex>   the same of a state
 *     entries/made/<key>/<64 hex>     a state that a run made and pushed while it went on: its slice tells it alone, and names
 *                                     the keys of the states that it was made of, which have entries of some kind
 */
import type { CacheKey, Digest } from '../core/identity/digest.ts';
import { RemoteError } from '../errors.ts';

export const REMOTE_FORMAT = 1;
export const MARKER = 'restage-remote.json';
/** The largest text of a record that is read. */
export const LONGEST_RECORD = 512 << 20;
/** The largest entry that is read. */
export const LONGEST_ENTRY = 64 << 20;

export const MARKER_TEXT = `${JSON.stringify({ kind: 'restage-remote', format: REMOTE_FORMAT })}\n`;

export function objectKey(digest: Digest): string {
  return `objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
}

export function recordKey(digest: Digest): string {
  return `records/${digest.slice(0, 2)}/${digest.slice(2)}`;
}

export type EntryKind = 'run' | 'state';
/** Of a run what it is called in all caches, of a state its key. */
export type EntryId = Digest | CacheKey;

export function entryKey(kind: StoredKind, id: EntryId, digest: Digest): string {
  return `${entriesOf(kind)}${id}/${digest}`;
}

export function entriesOf(kind: StoredKind): string {
  return `entries/${FOLDERS[kind]}/`;
}

/** Entries that somebody pushed, and `made`, those that runs push while they go on. */
export type StoredKind = EntryKind | 'made';

const FOLDERS: Readonly<Record<StoredKind, string>> = { run: 'runs', state: 'states', made: 'made' };
const KINDS = new Map(Object.entries(FOLDERS).map(([kind, folder]) => [folder, kind as StoredKind]));
const ENTRY = /^entries\/(runs|states|made)\/([0-9a-f]{64})\/([0-9a-f]{64})$/;

export interface EntryKey<Kind extends StoredKind = EntryKind> {
  readonly kind: Kind;
  readonly id: EntryId;
  readonly digest: Digest;
}

/** Undefined for a key that is none of an entry. */
export function parseEntryKey(key: string): EntryKey<StoredKind> | undefined {
  const [, folder, id, digest] = ENTRY.exec(key) ?? [];
  return folder === undefined ? undefined : { kind: KINDS.get(folder)!, id: id as EntryId, digest: digest as Digest };
}

export function isOfKind<Kind extends StoredKind>(key: EntryKey<StoredKind>, kind: Kind): key is EntryKey<Kind> {
  return key.kind === kind;
}

/**
 * The format that the marker states.
 * @throws RemoteError if it is not a marker of restage
 */
export function formatOf(marker: string, address: string): number {
  try {
    const { kind, format } = JSON.parse(marker) as { readonly kind?: unknown; readonly format?: unknown };
    if (kind === 'restage-remote' && Number.isSafeInteger(format) && (format as number) >= 1) return format as number;
  } catch {
    // Not JSON, or not an object: refused below.
  }
  throw new RemoteError('foreign', `${address} has a ${MARKER} that restage did not write; use another place.`);
}
