/**
 * Adds states of foreign records to the record of a cache: those that come at about the same time, in one transaction.
 */
import { SliceError } from '../../errors.ts';
import { openDatabase, type SqliteDatabase } from '../database/database.ts';
import type { ForeignRecord } from './foreign-record.ts';
import { addRows, type Merged } from './merge-slice.ts';

export interface ForeignState {
  readonly record: ForeignRecord;
  /** Its number there. */
  readonly id: number;
}

export class StateAdditions {
  readonly #directory: string;
  #db: SqliteDatabase | undefined;

  /** @param directory of the cache */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * In their order. Objects must be there already.
   * @returns what came of each; an error of one leaves the others
   * @throws CacheError if the cache cannot be written
   */
  add(states: readonly ForeignState[]): readonly (Merged | SliceError)[] {
    const db = (this.#db ??= openDatabase(this.#directory));
    // A transaction within another one is a part of it that can be taken back alone.
    const addOne = db.transaction(({ record, id }: ForeignState) => addRows(record.incoming(id, db), db));
    return db
      .transaction(() =>
        states.map((state) => {
          try {
            return addOne(state);
          } catch (error) {
            if (error instanceof SliceError) return error;
            throw error;
          }
        }),
      )
      .immediate();
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
  }
}
