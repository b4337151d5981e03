/** A slice of a record as a cache: to look at, without a file of its own, or as the beginning of a new one. */
import { join } from 'node:path';
import { Cache } from '../cache.ts';
import { DATABASE_FILE } from '../database/database.ts';
import { replaceFile } from '../files/temporary-files.ts';
import { FetchedObjects, type ObjectSource } from '../objects/fetched-objects.ts';
import { loadSlice } from './load-slice.ts';
import type { RecordSlice } from './record-slice.ts';

/**
 * What is written to it is lost.
 * @param directory for the objects that are looked at, of the caller's own
 * @throws SliceError
 */
export function openSlice(slice: RecordSlice, directory: string, source: ObjectSource): Cache {
  return Cache.over(source.name, loadSlice(slice), new FetchedObjects(directory, source));
}

/** Makes the slice the record of a directory that has none. @throws SliceError; CacheError if it cannot be written */
export function layDownSlice(slice: RecordSlice, directory: string): void {
  const db = loadSlice(slice);
  try {
    replaceFile(join(directory, DATABASE_FILE), db.serialize(), 'The record');
  } finally {
    db.close();
  }
}
