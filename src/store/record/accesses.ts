/** Writing what the attempt that made a state reached besides its inputs. */
import type { Access } from '../../core/authoring/access.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RowBuffer } from './row-buffer.ts';

/** The kind of the one row of a state whose attempt nobody observed. */
export const UNOBSERVED = 'unobserved';

type Row = [
  state: number,
  kind: number,
  detail: number,
  call: number,
  place: number | null,
  declared: number,
  count: number,
];

export class AccessWriter {
  readonly #names: Names;
  readonly #rows: RowBuffer<Row>;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names) {
    this.#names = names;
    this.#rows = commit.rows(
      7,
      (rows) => `INSERT INTO state_access (state, kind, detail, call, place, declared, count) VALUES ${rows}`,
    );
    this.#sql = lazily({ forget: () => db.prepare<[number]>('DELETE FROM state_access WHERE state = ?') });
  }

  /** `accesses` is undefined if nobody observed the attempt. Only inside a write transaction. */
  insert(state: number, accesses: readonly Access[] | undefined): void {
    const name = (text: string): number => this.#names.intern(text);
    if (accesses === undefined) {
      this.#rows.add(state, name(UNOBSERVED), name(''), name(''), null, 0, 0);
      return;
    }
    for (const { kind, detail, call, place, declared, count } of accesses)
      this.#rows.add(
        state,
        name(kind),
        name(detail),
        name(call),
        place === null ? null : name(place),
        declared ? 1 : 0,
        count,
      );
  }

  /** The state was made again: what the latest attempt reached is what its bytes depend on. */
  replace(state: number, accesses: readonly Access[] | undefined): void {
    this.#sql.forget.run(state);
    this.insert(state, accesses);
  }
}
