/**
 * A record of another cache, or a part of one, out of which states are taken, each alone: those that it was made of
 * have to be on record already. So a run takes the states that it needs, and nothing else of what others did.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { SliceError } from '../../errors.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { partOf } from './cut-slice.ts';
import { loadPart } from './load-slice.ts';
import { type Incoming, statesIn } from './merge-slice.ts';
import type { RecordSlice } from './record-slice.ts';
import type { Row, RowsOf } from './row-map.ts';

/** Bytes that are in the object store of the cache that made them. */
export interface ForeignObject {
  readonly digest: Digest;
  readonly bytes: number;
  /** False of code. */
  readonly isOutput: boolean;
}

/** What a state was made of, as its record says. */
interface ForeignInput {
  readonly producer: CacheKey;
  readonly output: string;
  readonly digest: Digest;
}

export class ForeignRecord {
  readonly #db: SqliteDatabase;
  readonly #outside: ReadonlyMap<number, CacheKey>;

  /** @throws SliceError with a clause: what is wrong with it */
  constructor(slice: RecordSlice) {
    this.#db = loadPart(slice);
    this.#outside = new Map(slice.outside?.map(({ id, key }) => [id, key]));
  }

  /** Undefined for a state that it does not tell. */
  idOf(key: CacheKey): number | undefined {
    return this.#db.prepare<[Buffer], number>('SELECT id FROM state WHERE key = ?').pluck().get(blobOf(key));
  }

  /** Of the state, its outputs and its code, as far as they are files. */
  objectsOf(state: number): readonly ForeignObject[] {
    const rows = this.#db
      .prepare<{ state: number }, { digest: Digest; bytes: number; isOutput: number }>(
        `SELECT lower(hex(digest)) AS digest, bytes,
           id IN (SELECT artifact FROM state_output WHERE state = @state) AS isOutput
         FROM artifact WHERE place = 'object' AND id IN (
           SELECT artifact FROM state_output WHERE state = @state
           UNION SELECT artifact FROM state_trace WHERE state = @state
           UNION SELECT c.bundle FROM code c JOIN state s ON s.code = c.id WHERE s.id = @state
           UNION SELECT x.artifact FROM code_source x JOIN state s ON s.code = x.code WHERE s.id = @state)`,
      )
      .all({ state });
    return rows.map((row) => ({ ...row, isOutput: row.isOutput === 1 }));
  }

  /** The digests of its outputs by name. */
  outputsOf(state: number): ReadonlyMap<string, Digest> {
    const rows = this.#db
      .prepare<[number], { name: string; digest: Digest }>(
        `SELECT n.text AS name, lower(hex(a.digest)) AS digest FROM state_output o JOIN name n ON n.id = o.name
         JOIN artifact a ON a.id = o.artifact WHERE o.state = ?`,
      )
      .all(state);
    return new Map(rows.map(({ name, digest }) => [name, digest]));
  }

  /** The states that it was made of. */
  producersOf(state: number): readonly CacheKey[] {
    return [...new Set(this.#inputsOf(state).map(({ producer }) => producer))];
  }

  /**
   * The rows of the state alone, for a transaction on the record that they are added to.
   * @throws SliceError if what it was made of is not on record there, or has other bytes
   */
  incoming(state: number, into: SqliteDatabase): Incoming {
    const { idOf, digestOf } = lookUpsIn(into);
    for (const { producer, output, digest } of this.#inputsOf(state))
      if (digestOf.get(blobOf(producer), output) !== digest)
        throw new SliceError('its record has a state that was made of other bytes than this cache has');
    const { tables, outside = [] } = partOf(this.#db, [state], (id) => this.#outside.get(id));
    const key = this.#db.prepare<[number], Buffer>('SELECT key FROM state WHERE id = ?').pluck().get(state)!;
    return {
      rowsOf: rowsOfTables(tables),
      states: statesIn(this.#db, [key]),
      outside: new Map(outside.map((each) => [each.id, idOf.get(blobOf(each.key))!])),
    };
  }

  #inputsOf(state: number): readonly ForeignInput[] {
    const rows = this.#db
      .prepare<[number], { id: number; key: CacheKey | null; output: string; digest: Digest }>(
        `SELECT i.producer AS id, lower(hex(s.key)) AS key, n.text AS output, lower(hex(a.digest)) AS digest
         FROM state_input i JOIN name n ON n.id = i.output JOIN artifact a ON a.id = i.artifact
         LEFT JOIN state s ON s.id = i.producer WHERE i.state = ? AND i.producer IS NOT NULL`,
      )
      .all(state);
    return rows.map(({ id, key, output, digest }) => ({ producer: this.#outside.get(id) ?? key!, output, digest }));
  }
}

function lookUpsIn(db: SqliteDatabase) {
  return {
    idOf: db.prepare<[Buffer], number>('SELECT id FROM state WHERE key = ?').pluck(),
    digestOf: db
      .prepare<[Buffer, string], Digest>(
        `SELECT lower(hex(a.digest)) FROM state s JOIN state_output o ON o.state = s.id JOIN name n ON n.id = o.name
         JOIN artifact a ON a.id = o.artifact WHERE s.key = ? AND n.text = ?`,
      )
      .pluck(),
  };
}

function rowsOfTables(tables: RecordSlice['tables']): RowsOf {
  const byTable = new Map(tables.map((each) => [each.table, each]));
  return (table) => {
    const { columns, rows } = byTable.get(table)!;
    return rows.map((row): Row => Object.fromEntries(columns.map((column, index) => [column, row[index]!])));
  };
}
