/**
 * Cuts a slice out of the record: the rows of some states, all that these refer to (the states that they were made of
 * among it), and what belongs to it. The same states give the same slice, whatever else is on record. A part is a slice
 * of some states alone: those that they were made of stay outside, and are named by their keys.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { openToLook } from '../database/open-to-look.ts';
import { MIGRATIONS } from '../database/migrations.ts';
import type { OutsideState, RecordSlice, SliceRows, SliceValue } from './record-slice.ts';
import { ADDED_LATER, BELONGING, BETWEEN, OF_STUDIES, OF_WHOLE_RUNS, type SliceTable, TABLES } from './slice-tables.ts';
import { type Shape, shapeOf } from './table-shape.ts';

/** What a slice is of, by the ids of rows. */
export interface SliceRoots {
  readonly states: readonly number[];
  /** Runs that are told with what they did about the states of the slice, besides those that made them. */
  readonly runs: readonly number[];
  /** Runs that are told with all that they did. */
  readonly wholeRuns: readonly number[];
  /** Whether the facts come along that others may add later: tags, verifications, studies. */
  readonly withLater?: boolean;
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

/**
 * The states without those that they were made of.
 * @param directory of the cache. @throws CacheError
 */
export function cutPart(directory: string, states: readonly number[]): RecordSlice {
  const db = openToLook(directory);
  try {
    return db.transaction(() => partOf(db, states, () => undefined))();
  } finally {
    db.close();
  }
}

/** @param outsideOf the key of a state that is outside of the record already, as in a part of a part */
export function partOf(
  db: SqliteDatabase,
  states: readonly number[],
  outsideOf: (id: number) => CacheKey | undefined,
): RecordSlice {
  return new Cut(db, outsideOf).of({ states, runs: [], wholeRuns: [] });
}

class Cut {
  readonly #db: SqliteDatabase;
  /** Of a part. */
  readonly #outsideOf: ((id: number) => CacheKey | undefined) | undefined;
  readonly #shapes: ReadonlyMap<SliceTable, Shape>;
  /** By table and primary key. */
  readonly #rows = new Map<SliceTable, Map<string, Row>>(TABLES.map((table) => [table, new Map<string, Row>()]));
  /** Ids that were named and are not looked up yet. */
  readonly #wanted = new Map<SliceTable, Set<number>>();

  constructor(db: SqliteDatabase, outsideOf?: (id: number) => CacheKey | undefined) {
    this.#db = db;
    this.#outsideOf = outsideOf;
    this.#shapes = new Map(TABLES.map((table) => [table, shapeOf(db, table)]));
  }

  of({ states, runs, wholeRuns, withLater = false }: SliceRoots): RecordSlice {
    this.#want('state', states);
    this.#want('run', [...runs, ...wholeRuns]);
    this.#follow();
    for (const [table, where] of OF_WHOLE_RUNS) this.#take(table, this.#select(table, where, { runs: ids(wholeRuns) }));
    this.#follow();
    const whole = { wholeRuns: ids(wholeRuns) };
    if (withLater) for (const [table, where] of OF_STUDIES) this.#add(table, this.#select(table, where, whole));
    this.#follow();
    const between = { runs: ids(this.#known('run')), states: ids(this.#known('state')) };
    for (const [table, where] of BETWEEN) this.#add(table, this.#select(table, where, between));
    this.#follow();
    const later = { ...whole, states: ids(this.#known('state')), equivalences: ids(this.#known('equivalence')) };
    if (withLater) for (const [table, where] of ADDED_LATER) this.#add(table, this.#select(table, where, later));
    this.#follow();
    const outside = this.#outside();
    const tables = TABLES.map((table): SliceRows => {
      const { columns, key } = this.#shapes.get(table)!;
      const rows = [...this.#rows.get(table)!.values()].sort((a, b) => byKey(key, a, b));
      return { table, columns, rows: rows.map((row) => columns.map((column) => row[column]!)) };
    });
    return { schema: MIGRATIONS.length, tables, ...(outside.length === 0 ? {} : { outside }) };
  }

  /** The states that those of a part were made of, in the order of their ids. */
  #outside(): readonly OutsideState[] {
    const outsideOf = this.#outsideOf;
    if (outsideOf === undefined) return [];
    const known = this.#rows.get('state')!;
    const producers = [...this.#rows.get('state_input')!.values()].map(({ producer }) => producer as number | null);
    const ids = new Set(producers.filter((id): id is number => id !== null && !known.has(`[${id}]`)));
    const keyOf = this.#db.prepare<[number], CacheKey>('SELECT lower(hex(key)) FROM state WHERE id = ?').pluck();
    return [...ids].sort((a, b) => a - b).map((id) => ({ id, key: outsideOf(id) ?? keyOf.get(id)! }));
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

  /** Adds rows, and what belongs to them: of those with ids, as of others that are named. */
  #take(table: SliceTable, rows: readonly Row[]): void {
    if (this.#shapes.get(table)!.columns[0] === 'id')
      this.#want(
        table,
        rows.map((row) => row['id'] as number),
      );
    else this.#add(table, rows);
  }

  #add(table: SliceTable, rows: readonly Row[]): void {
    const { key, references } = this.#shapes.get(table)!;
    const known = this.#rows.get(table)!;
    for (const row of rows) {
      const id = JSON.stringify(key.map((column) => keyPart(row[column]!)));
      if (known.has(id)) continue;
      known.set(id, row);
      for (const { column, table: to } of references)
        if (this.#outsideOf === undefined || column !== 'producer') this.#want(to, [row[column] as number | null]);
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
