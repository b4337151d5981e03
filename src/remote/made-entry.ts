/**
 * The entry of a state that a run pushed while it went on. Its record may tell other states that were made at about
 * that time.
 */
import type { CacheKey } from '../core/identity/digest.ts';
import { entryIn, isList, isStored, type StoredBytes, type WrittenEntry, writtenEntry } from './entry.ts';
import type { EntryKey } from './layout.ts';

export interface MadeEntry {
  readonly id: CacheKey;
  readonly node: string;
  /** The schema of the record. */
  readonly schema: number;
  /** The text of a part. */
  readonly record: StoredBytes;
  /** The outputs of the state and its code, as far as they are files. */
  readonly objects: readonly StoredBytes[];
}

export function writeMadeEntry({ id, ...rest }: MadeEntry): WrittenEntry {
  return writtenEntry('made', id, rest);
}

/** Undefined for one of a newer format. @throws RemoteError for one that is not what its key says */
export function readMadeEntry(text: string, key: EntryKey<'made'>, address: string): MadeEntry | undefined {
  return entryIn(text, key, address, isMadeEntry);
}

function isMadeEntry(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & MadeEntry {
  const { node, schema, record, objects } = value;
  return typeof node === 'string' && Number.isSafeInteger(schema) && isStored(record) && isList(objects, isStored);
}
