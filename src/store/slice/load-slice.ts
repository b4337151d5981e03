/**
 * Makes a database of a slice of the record, in memory. The slice may come from a stranger: the schema is this
 * restage's own, and SQLite checks the type of each value, and that each row refers to rows that are there.
 */
import { SliceError } from '../../errors.ts';
import { newInMemory, type SqliteDatabase } from '../database/database.ts';
import { applyMigrations, MIGRATIONS } from '../database/migrations.ts';
import { checkSlice } from './check-slice.ts';
import type { RecordSlice, SliceRows } from './record-slice.ts';
import { TABLES } from './slice-tables.ts';

/** The first schema that slices were cut out of. */
const FIRST_SCHEMA = 11;

/** @throws SliceError with a clause: what is wrong with the slice; a part of a record is wrong as well */
export function loadSlice(slice: RecordSlice): SqliteDatabase {
  if (slice.outside !== undefined) throw new SliceError('its record is a part of one');
  return load(slice, new Set());
}

/**
 * A part as a database: references to the states outside lead nowhere in it.
 * @throws SliceError with a clause: what is wrong with the part
 */
export function loadPart(slice: RecordSlice): SqliteDatabase {
  return load(slice, new Set(slice.outside?.map(({ id }) => id)));
}

function load(slice: RecordSlice, outside: ReadonlySet<number>): SqliteDatabase {
  const { schema } = slice;
  if (!Number.isSafeInteger(schema) || schema < FIRST_SCHEMA || schema > MIGRATIONS.length)
    throw new SliceError(
      `its record has schema ${schema}, and this restage knows ${FIRST_SCHEMA} to ${MIGRATIONS.length}`,
    );
  const db = newInMemory(schema);
  try {
    if (outside.size > 0) db.pragma('foreign_keys = OFF');
    fill(db, slice);
    db.transaction(() => applyMigrations(db, schema, MIGRATIONS.length))();
    if (outside.size > 0) checkReferences(db, outside);
    checkSlice(db, outside);
    return db;
  } catch (error) {
    db.close();
    const { code, message } = error as { readonly code?: unknown; readonly message?: string };
    if (typeof code !== 'string' || !code.startsWith('SQLITE_')) throw error;
    throw new SliceError(`its record breaks a rule of the database: ${message ?? code}`, { cause: error });
  }
}

/** What SQLite checks as it fills the database of a whole slice: here all but the references to states outside. */
function checkReferences(db: SqliteDatabase, outside: ReadonlySet<number>): void {
  const wrong = db.pragma('foreign_key_check') as readonly { readonly table: string; readonly parent: string }[];
  const ids = db.prepare<[], number>('SELECT id FROM state').pluck().all();
  if (
    wrong.some(({ table, parent }) => table !== 'state_input' || parent !== 'state') ||
    producersIn(db).some((id) => !outside.has(id) && !ids.includes(id)) ||
    ids.some((id) => outside.has(id))
  )
    throw new SliceError('its record has a row that refers to one which is not there');
}

function producersIn(db: SqliteDatabase): readonly number[] {
  return db.prepare<[], number>('SELECT DISTINCT producer FROM state_input WHERE producer IS NOT NULL').pluck().all();
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
