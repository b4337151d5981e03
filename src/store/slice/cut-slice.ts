/**
 * Cuts a slice out of the record: the rows of some states, all that these refer to (the states that they were made of
 * among it), and what belongs to it. The same states give the same slice, whatever else is on record.
 */
import type { SqliteDatabase } from '../database/database.ts';
import { openToLook } from '../database/open-to-look.ts';
import { MIGRATIONS } from '../database/migrations.ts';
import { BELONGING, BETWEEN, FILLED_TABLES, OF_WHOLE_RUNS, type SliceTable, TABLES } from './slice-tables.ts';
import type { RecordSlice, SliceValue } from './record-slice.ts';

/** What a slice is of, by the ids of rows. */
export interface SliceRoots {
  readonly states: readonly number[];
  /** Runs that are told with what they did about the states of the slice, besides those that made them. */
  readonly runs: readonly number[];
  /** Runs that are told with all that they did. */
  readonly wholeRuns: readonly number[];
}

interface Shape {
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Columns that name a row of another table by its id. */
  readonly references: readonly { readonly column: string; readonly table: SliceTable }[];
}

type Row = Readonly<Record<string, SliceValue>>;

/** @param directory of the cache. @throws CacheError */
export function cutSlice(directory: string, roots: SliceRoots): RecordSlice {
  const db = openToLook(directory);
  try {
    return db.transaction(() => new Cut(db).of(roots))();
  } finally {
    db.close();
  }
}

class Cut {
  readonly #db: SqliteDatabase;
  readonly #shapes: ReadonlyMap<SliceTable, Shape>;
  /** By table and primary key. */
  readonly #rows = new Map<SliceTable, Map<string, Row>>(TABLES.map((table) => [table, new Map<string, Row>()]));
  /** Ids that were named and are not looked up yet. */
  readonly #wanted = new Map<SliceTable, Set<number>>();

  constructor(db: SqliteDatabase) {
    this.#db = db;
    this.#shapes = new Map(TABLES.map((table) => [table, shapeOf(db, table)]));
  }

  of({ states, runs, wholeRuns }: SliceRoots): RecordSlice {
    this.#want('state', states);
    this.#want('run', [...runs, ...wholeRuns]);
    this.#follow();
    for (const [table, where] of OF_WHOLE_RUNS) this.#add(table, this.#select(table, where, { runs: ids(wholeRuns) }));
    this.#follow();
    const between = { runs: ids(this.#known('run')), states: ids(this.#known('state')) };
    for (const [table, where] of BETWEEN) this.#add(table, this.#select(table, where, between));
    this.#follow();
    return {
      schema: MIGRATIONS.length,
      tables: TABLES.map((table) => {
        const { columns, key } = this.#shapes.get(table)!;
        const rows = [...this.#rows.get(table)!.values()].sort((a, b) => byKey(key, a, b));
        return { table, columns, rows: rows.map((row) => columns.map((column) => row[column]!)) };
      }),
    };
  }

  /** Adds the rows that are named, and what belongs to them, until none is missing. */
  #follow(): void {
    for (let next = this.#wanted.entries().next(); next.done !== true; next = this.#wanted.entries().next()) {
      const [table, wanted] = next.value;
      this.#wanted.delete(table);
      const list = ids(wanted);
      this.#add(table, this.#select(table, 'id IN (SELECT value FROM json_each(@ids))', { ids: list }));
      for (const [child, column, owner] of BELONGING)
        if (owner === table)
          this.#add(child, this.#select(child, `${column} IN (SELECT value FROM json_each(@ids))`, { ids: list }));
    }
  }

  #add(table: SliceTable, rows: readonly Row[]): void {
    const { key, references } = this.#shapes.get(table)!;
    const known = this.#rows.get(table)!;
    for (const row of rows) {
      const id = JSON.stringify(key.map((column) => keyPart(row[column]!)));
      if (known.has(id)) continue;
      known.set(id, row);
      for (const { column, table: to } of references) this.#want(to, [row[column] as number | null]);
    }
  }

  #want(table: SliceTable, named: readonly (number | null)[]): void {
    const known = this.#rows.get(table)!;
    const missing = named.filter((id): id is number => id !== null && !known.has(`[${id}]`));
    if (missing.length === 0) return;
    const wanted = this.#wanted.get(table) ?? new Set();
    for (const id of missing) wanted.add(id);
    this.#wanted.set(table, wanted);
  }

  #known(table: SliceTable): readonly number[] {
    return [...this.#rows.get(table)!.values()].map((row) => row['id'] as number);
  }

  #select(table: SliceTable, where: string, params: Readonly<Record<string, string>>): readonly Row[] {
    const { columns } = this.#shapes.get(table)!;
    return this.#db.prepare(`SELECT ${columns.join(', ')} FROM ${table} WHERE ${where}`).all(params) as Row[];
  }
}

function ids(list: Iterable<number>): string {
  return JSON.stringify([...list]);
}

function shapeOf(db: SqliteDatabase, table: SliceTable): Shape {
  const info = db.pragma(`table_info(${table})`) as readonly { readonly name: string; readonly pk: number }[];
  const keys = db.pragma(`foreign_key_list(${table})`) as readonly ForeignKey[];
  const single = keys.filter(({ id }) => keys.filter((other) => other.id === id).length === 1);
  return {
    columns: info.map(({ name }) => name),
    key: info
      .filter(({ pk }) => pk > 0)
      .sort((a, b) => a.pk - b.pk)
      .map(({ name }) => name),
    references: single.flatMap(({ from, table: to }) => {
      if (FILLED_TABLES.has(to)) return [];
      if (!isSliceTable(to)) throw new Error(`internal error: ${table}.${from} refers to ${to}, which does not travel`);
      // Run, attempt or state by which a row without an id of its own is found.
      return [{ column: from, table: to }];
    }),
  };
}

interface ForeignKey {
  readonly id: number;
  readonly table: string;
  readonly from: string;
}

function isSliceTable(table: string): table is SliceTable {
  return (TABLES as readonly string[]).includes(table);
}

function keyPart(value: SliceValue): SliceValue {
  return Buffer.isBuffer(value) ? value.toString('hex') : value;
}

function byKey(key: readonly string[], a: Row, b: Row): number {
  for (const column of key) {
    const [left, right] = [keyPart(a[column]!)!, keyPart(b[column]!)!];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
