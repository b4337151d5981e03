/**
 * A query of the user's own. It reads and nothing else: the connection refuses to write, and only statements that ask
 * are taken. Rows come one by one, so that a result of any length takes little memory.
 */
import { UsageError } from '../../errors.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { queryFault } from './query-fault.ts';

/** Integers are exact; there is no NaN, which SQLite turns into null. */
export type SqlValue = null | bigint | number | string | Uint8Array;

export interface Answer {
  /** As the query names them: not always different from each other. */
  readonly columns: readonly string[];
  /** Once. @throws UsageError for what goes wrong in a row */
  readonly rows: Iterable<readonly SqlValue[]>;
}

const ASKING = ['SELECT', 'WITH', 'VALUES', 'EXPLAIN'];
/** The other statements of SQLite. What begins with another word is not SQL at all, and the compiler says so. */
const OTHERS =
  /^(?:ALTER|ANALYZE|ATTACH|BEGIN|COMMIT|CREATE|DELETE|DETACH|DROP|END|INSERT|PRAGMA|REINDEX|RELEASE|REPLACE|ROLLBACK|SAVEPOINT|UPDATE|VACUUM)$/;

/** @throws UsageError for a query that is wrong, or would write */
export function ask(db: SqliteDatabase, sql: string): Answer {
  const word = firstWord(sql);
  if (word === '')
    throw new UsageError(
      'The query is empty; write for example: SELECT * FROM runs (restage sql alone lists the views).',
    );
  if (word === 'PRAGMA')
    throw refusal(
      word,
      `; a pragma that tells something is a table too, as in: SELECT * FROM pragma_table_info('runs')`,
    );
  if (OTHERS.test(word)) throw refusal(word);
  db.pragma('query_only = ON');
  const statement = inWords(db, sql, () => db.prepare<[], readonly SqlValue[]>(sql));
  if (!statement.reader || !statement.readonly) throw refusal(`${word} that writes`);
  statement.raw(true).safeIntegers(true);
  return { columns: statement.columns().map(({ name }) => name), rows: { [Symbol.iterator]: () => rowsOf() } };

  function* rowsOf(): Generator<readonly SqlValue[], void> {
    const rows = inWords(db, sql, () => statement.iterate());
    try {
      for (;;) {
        const next = inWords(db, sql, () => rows.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      rows.return?.();
    }
  }
}

function refusal(found: string, hint = ''): UsageError {
  return new UsageError(
    `A query only reads: it begins with ${ASKING.slice(0, -1).join(', ')} or ${ASKING.at(-1)!}, and this one is ${article(found)} ${found}${hint}.`,
  );
}

function article(word: string): string {
  return /^[AEIOU]/.test(word) ? 'an' : 'a';
}

function inWords<T>(db: SqliteDatabase, sql: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw queryFault(db, sql, error) ?? error;
  }
}

/** In capitals, behind blanks and comments; empty where there is none. */
function firstWord(sql: string): string {
  const [, word = ''] = /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[^]*?(?:\*\/|$))*([^\s(;]*)/.exec(sql) ?? [];
  return word.toUpperCase();
}
