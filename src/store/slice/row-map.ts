/**
 * Which row of one record is which row of another one: the ids of a slice, as the record has them that it is added to.
 */
import type { SqliteDatabase } from '../database/database.ts';
import { HAS_DIGEST } from '../database/field-values.ts';
import type { SliceValue } from './record-slice.ts';
import type { SliceTable } from './slice-tables.ts';
import { type Shape, shapeOf } from './table-shape.ts';

export type Row = Readonly<Record<string, SliceValue>>;
/** The rows of a table, by their ids where they have some. */
export type RowsOf = (table: SliceTable) => readonly Row[];

export function rowsIn(db: SqliteDatabase): RowsOf {
  return (table) => db.prepare<[], Row>(`SELECT * FROM ${table} ORDER BY ${shapeOf(db, table).key.join(', ')}`).all();
}

/** By what a row is known again, as a condition on its columns; those of other tables, by all that they say. */
const KNOWN_BY: Partial<Readonly<Record<SliceTable, string>>> = {
  name: 'text = @text',
  artifact: 'digest = @digest',
  environment: 'digest = @digest',
  code: 'digest = @digest',
  field_value: `${HAS_DIGEST} AND preview = @preview`,
  state: 'key = @key',
  effect_table: 'key = @key',
};

export class RowMap {
  readonly #rowsOf: RowsOf;
  readonly #into: SqliteDatabase;
  readonly #outside: ReadonlyMap<number, number>;
  readonly #ids = new Map<SliceTable, Map<number, number>>();
  /** Ids here of the rows that were not here before. */
  readonly #new = new Map<SliceTable, Set<number>>();
  #inserted = 0;

  /** @param outside by its id in a part, the id of a state here that the part refers to */
  constructor(rowsOf: RowsOf, into: SqliteDatabase, outside: ReadonlyMap<number, number> = new Map()) {
    this.#rowsOf = rowsOf;
    this.#into = into;
    this.#outside = outside;
  }

  /** How many rows were added. */
  get inserted(): number {
    return this.#inserted;
  }

  idsOf(table: SliceTable): ReadonlyMap<number, number> {
    return this.#ids.get(table)!;
  }

  newIn(table: SliceTable): number {
    return this.#new.get(table)!.size;
  }

  /** Finds each row of a table with ids, or adds it. */
  match(table: SliceTable): void {
    const [ids, fresh] = [new Map(table === 'state' ? this.#outside : []), new Set<number>()];
    this.#ids.set(table, ids);
    this.#new.set(table, fresh);
    const rows = this.#rowsOf(table);
    if (rows.length === 0) return;
    const shape = shapeOf(this.#into, table);
    const columns = shape.columns.filter((column) => column !== 'id');
    const known = KNOWN_BY[table] ?? columns.map((column) => `${column} IS @${column}`).join(' AND ');
    const find = this.#into.prepare<[Row], { id: number }>(`SELECT id FROM ${table} WHERE ${known} ORDER BY id`);
    const add = this.#into.prepare<SliceValue[]>(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    // Two rows of one record may say the same, as two runs of the same moment do: they are two in the other one as
    // well.
    const taken = new Set<number>();
    for (const row of rows) {
      const here = this.#translated(row, shape);
      let id = find.all(here).find((each) => !taken.has(each.id))?.id;
      if (id === undefined) {
        id = Number(add.run(...columns.map((column) => here[column]!)).lastInsertRowid);
        fresh.add(id);
        this.#inserted++;
      } else if (table === 'artifact') this.#complete(id, here);
      taken.add(id);
      ids.set(row['id'] as number, id);
    }
  }

  /**
   * Adds the rows of a table without ids that are not here.
   * @param only those that belong to a row which was not here before
   */
  insert(table: SliceTable, only?: { readonly column: string; readonly owner: SliceTable }): void {
    const rows = this.#rowsOf(table);
    if (rows.length === 0) return;
    const shape = shapeOf(this.#into, table);
    const add = this.#into.prepare<SliceValue[]>(
      `INSERT INTO ${table} (${shape.columns.join(', ')}) VALUES (${shape.columns.map(() => '?').join(', ')})
       ON CONFLICT DO NOTHING`,
    );
    const fresh = only && this.#new.get(only.owner)!;
    for (const row of rows) {
      const here = this.#translated(row, shape);
      if (fresh?.has(here[only!.column] as number) === false) continue;
      this.#inserted += add.run(...shape.columns.map((column) => here[column]!)).changes;
    }
  }

  #translated(row: Row, { references }: Shape): Row {
    const here: Record<string, SliceValue> = { ...row };
    for (const { column, table } of references) {
      const id = row[column];
      if (typeof id === 'number') here[column] = this.#ids.get(table)!.get(id)!;
    }
    return here;
  }

  /** Bytes that were not ours, or are damaged, come with the slice: so does a stage heal them that makes them again. */
  #complete(id: number, { place, content }: Row): void {
    this.#into
      .prepare(
        `UPDATE artifact SET place = @place, content = @content
         WHERE id = @id AND ((place = 'external' AND @place <> 'external') OR (content IS NOT @content AND @place = 'inline'))`,
      )
      .run({ id, place, content });
  }
}
