/** A cache, and its database for looking and planting damage, both closed when the test has ended. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { Cache } from '../../src/store/cache.ts';
import { openEmptyCache } from '../helpers/empty-cache.ts';

export function openCache(directory: string, now?: () => number): Cache {
  const cache = openEmptyCache(directory, now);
  onTestFinished(() => cache.close());
  return cache;
}

/** A connection of its own to the database of a cache: what the cache has committed can be read and changed. */
export function databaseOf({ directory }: { readonly directory: string }): Database.Database {
  const db = new Database(join(directory, 'state.db'), { fileMustExist: true });
  onTestFinished(() => {
    db.close();
  });
  return db;
}
