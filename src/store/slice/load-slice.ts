/**
 * Makes a database of a slice of the record, in memory. The slice may come from a stranger: the schema is this restage's own,
 * and SQLite checks the type of each value, and that each row refers to rows that are there.
 */
import { SliceError } from '../../errors.ts';
import { newInMemory, type SqliteDatabase } from '../database/database.ts';
import { applyMigrations, MIGRATIONS } from '../database/migrations.ts';
import { checkSlice } from './check-slice.ts';
import type { RecordSlice, SliceRows } from './record-slice.ts';
import { TABLES } from './slice-tables.ts';

/** The first schema that slices were cut out of. */
const FIRST_SCHEMA = 11;

/** @throws SliceError with a clause: what is wrong with the slice */
export function loadSlice(slice: RecordSlice): SqliteDatabase {
  const { schema } = slice;
  if (!Number.isSafeInteger(schema) || schema < FIRST_SCHEMA || schema > MIGRATIONS.length)
    throw new SliceError(
      `its record has schema ${schema}, and this restage knows ${FIRST_SCHEMA} to ${MIGRATIONS.length}`,
    );
  const db = newInMemory(schema);
  try {
    fill(db, slice);
    db.transaction(() => applyMigrations(db, schema, MIGRATIONS.length))();
    checkSlice(db);
    return db;
  } catch (error) {
    db.close();
    const { code, message } = error as { readonly code?: unknown; readonly message?: string };
    if (typeof code !== 'string' || !code.startsWith('SQLITE_')) throw error;
    throw new SliceError(`its record breaks a rule of the database: ${message ?? code}`, { cause: error });
  }
}

function fill(db: SqliteDatabase, { tables }: RecordSlice): void {
  db.transaction(() => {
    db.pragma('defer_foreign_keys = ON');
    // Some names are there from the start.
    db.exec('DELETE FROM name');
    for (const rows of tables) insert(db, rows);
  })();
}

function insert(db: SqliteDatabase, { table, columns, rows }: SliceRows): void {
  if (!TABLES.includes(table)) throw new SliceError(`its record has a table of another name than those that travel`);
  const known = (db.pragma(`table_info(${table})`) as readonly { readonly name: string }[]).map(({ name }) => name);
  if (columns.length !== known.length || !columns.every((name, index) => name === known[index]))
    throw new SliceError(`its record has other columns in the table ${table}`);
  const places = columns.map(() => '?').join(', ');
  const statement = db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
  for (const row of rows) statement.run(...row);
}
