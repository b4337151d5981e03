/** Prepared statements, each prepared when it is first used: preparing one takes longer than most queries. */
import type { SqliteDatabase } from './database.ts';

/**
 * Values by name, each made when it is first used: a run in which nothing changed uses 10 of some 50 statements of the
 * writers.
 */
export function lazily<T extends Readonly<Record<string, () => unknown>>>(
  makers: T,
): { readonly [Name in keyof T]: ReturnType<T[Name]> } {
  const made = {} as { [Name in keyof T]: ReturnType<T[Name]> };
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(made, name, {
      configurable: true,
      get: () => {
        const value = make();
        Object.defineProperty(made, name, { value });
        return value;
      },
    });
  }
  return made;
}

interface AnyStatement {
  all(...params: readonly unknown[]): unknown[];
  get(...params: readonly unknown[]): unknown;
}

/** Queries by their text. A verb asks two or three questions, not all of them. */
export class Queries {
  readonly #db: SqliteDatabase;
  readonly #statements = new Map<string, AnyStatement>();

  constructor(db: SqliteDatabase) {
    this.#db = db;
  }

  all<Row>(sql: string, ...params: readonly unknown[]): Row[] {
    return this.#statement(sql).all(...params) as Row[];
  }

  get<Row>(sql: string, ...params: readonly unknown[]): Row | undefined {
    return this.#statement(sql).get(...params) as Row | undefined;
  }

  #statement(sql: string): AnyStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
