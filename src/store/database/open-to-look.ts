/**
 * Opening a cache only to look at it, also where nothing may be written: on a read-only file system, or in a directory
 * of another user. SQLite itself needs to write there even to read (https://sqlite.org/wal.html, "Read-Only
 * Databases"), so the database is copied and the copy is opened; what is written to it is lost.
 */
import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRefusal } from '../../core/diagnostics/system-refusal.ts';
import { CacheError } from '../../errors.ts';
import { DATABASE_FILE, openDatabase, openUnchanged, type SqliteDatabase } from './database.ts';

/** How often a copy is tried while another process writes to the original. */
const MOST_TRIES = 20;
/** With what a process that was killed may have left beside it: without its journal the file alone is half changed. */
const FILES = ['', '-wal', '-journal'].map((suffix) => DATABASE_FILE + suffix);

/** @throws CacheError */
export function openToLook(directory: string): SqliteDatabase {
  return isWritable(directory) ? openDatabase(directory) : openCopy(directory);
}

/** The same of whatever schema it is, where it can be opened without a copy. @throws CacheError */
export function openToCopy(directory: string): SqliteDatabase {
  return isWritable(directory) ? openUnchanged(directory) : openCopy(directory);
}

/** True for a cache that is not there as well: opening it says what is wrong, or makes it. */
function isWritable(directory: string): boolean {
  if (!existsSync(join(directory, DATABASE_FILE))) return true;
  try {
    accessSync(directory, constants.W_OK);
    accessSync(join(directory, DATABASE_FILE), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function openCopy(directory: string): SqliteDatabase {
  let copy: string | undefined;
  try {
    copy = mkdtempSync(join(tmpdir(), 'restage-look-'));
    for (let tries = 1; !copyUndisturbed(directory, copy); tries++)
      if (tries === MOST_TRIES)
        throw new CacheError(
          `The cache ${directory} cannot be written, and it changes too fast to be copied; try again later.`,
        );
    const db = openDatabase(copy);
    // The file that its connections share is there from the first look on. Then the names are not needed any more.
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    if (error instanceof CacheError) throw error;
    throw new CacheError(
      `The cache ${directory} cannot be written, and it could not be copied to ${tmpdir()} to look at it: ${writeRefusal(error)}.`,
      { cause: error },
    );
  } finally {
    if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
  }
}

/** False if another process wrote to the database meanwhile. */
function copyUndisturbed(directory: string, copy: string): boolean {
  const before = stateOf(directory);
  for (const name of FILES) {
    rmSync(join(copy, name), { force: true });
    if (existsSync(join(directory, name))) copyFileSync(join(directory, name), join(copy, name));
  }
  return stateOf(directory) === before;
}

function stateOf(directory: string): string {
  return FILES.map((name) => {
    const stat = statSync(join(directory, name), { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? '-' : [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
  }).join(', ');
}
