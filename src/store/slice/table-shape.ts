/**
 * The columns of a table that travels, and which of them name a row of another table, as the database itself says it.
 */
import type { SqliteDatabase } from '../database/database.ts';
import { FILLED_TABLES, type SliceTable, TABLES } from './slice-tables.ts';

export interface Shape {
  readonly columns: readonly string[];
  /** Of the primary key. */
  readonly key: readonly string[];
  /** Columns that name a row of another table by its id. */
  readonly references: readonly Reference[];
}

interface Reference {
  readonly column: string;
  readonly table: SliceTable;
}

/** What was asked for: a database is asked about a table many times, and the schema stays. */
const known = new WeakMap<SqliteDatabase, Map<SliceTable, Shape>>();

export function shapeOf(db: SqliteDatabase, table: SliceTable): Shape {
  let shapes = known.get(db);
  if (shapes === undefined) known.set(db, (shapes = new Map<SliceTable, Shape>()));
  let shape = shapes.get(table);
  if (shape === undefined) shapes.set(table, (shape = readShape(db, table)));
  return shape;
}

function readShape(db: SqliteDatabase, table: SliceTable): Shape {
  const info = db.pragma(`table_info(${table})`) as readonly { readonly name: string; readonly pk: number }[];
  return {
    columns: info.map(({ name }) => name),
    key: info
      .filter(({ pk }) => pk > 0)
      .sort((a, b) => a.pk - b.pk)
      .map(({ name }) => name),
    references: referencesOf(db, table),
  };
}

/**
 * A column that refers to one which is itself the id of another table's row, as a study is its run's, stands for that
 * row.
 */
function referencesOf(db: SqliteDatabase, table: SliceTable): readonly Reference[] {
  const keys = db.pragma(`foreign_key_list(${table})`) as readonly ForeignKey[];
  return keys.flatMap(({ table: to, from, to: column }) => {
    if (FILLED_TABLES.has(to)) return [];
    if (!isSliceTable(to)) throw new Error(`internal error: ${table}.${from} refers to ${to}, which does not travel`);
    if (column === 'id') return [{ column: from, table: to }];
    const behind = referencesOf(db, to).find((each) => each.column === column);
    return behind === undefined ? [] : [{ column: from, table: behind.table }];
  });
}

interface ForeignKey {
  readonly table: string;
  readonly from: string;
  readonly to: string;
}

function isSliceTable(table: string): table is SliceTable {
  return (TABLES as readonly string[]).includes(table);
}
