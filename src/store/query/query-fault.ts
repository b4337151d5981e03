/** What is wrong with a query of the user's own, as one sentence that names the place. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import type { SqliteDatabase } from '../database/database.ts';

/** Undefined for an error that is not the query's: of the disk, of the database, or a mistake of restage. */
export function queryFault(db: SqliteDatabase, sql: string, error: unknown): UsageError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as Error & { readonly code?: string };
  if (message === 'The supplied SQL string contains more than one statement')
    return wrong('it has more than one statement; ask one after the other', error);
  if (message === 'The supplied SQL string contains no statements') return wrong('it has no statement', error);
  if (/^(?:Too few parameter values|Missing named parameter)/.test(message))
    return wrong('it has a parameter such as ? or :name; write the value in its place', error);
  if (code === undefined || !/^SQLITE_(?:ERROR|MISMATCH|TOOBIG|RANGE|NOMEM|CONSTRAINT)/.test(code)) return undefined;
  return wrong(located(db, sql, message), error);
}

function wrong(what: string, cause: Error): UsageError {
  return new UsageError(`The query cannot be answered: ${what}.`, { cause });
}

function located(db: SqliteDatabase, sql: string, message: string): string {
  const [, unexpected] = /^near "([^]+)": syntax error$/.exec(message) ?? [];
  if (unexpected !== undefined) {
    const at = occurrences(sql, unexpected).find((end) => saysSo(db, sql.slice(0, end), message));
    return `"${unexpected}"${placeOf(sql, at, unexpected)} is not what SQL expects there`;
  }
  if (message === 'incomplete input')
    return 'it ends before it is complete; restage sql alone lists the views and their columns';
  if (message === 'not authorized') return 'it would load an extension of SQLite, and restage loads none';
  const [, kind, name] =
    /^no such (table|column|function): ([^]+?)(?: - should this be a string literal.*)?$/.exec(message) ?? [];
  if (kind !== undefined && name !== undefined) {
    const last = name.slice(name.lastIndexOf('.') + 1);
    const hint = kind === 'function' ? '' : kind === 'table' ? didYouMean(last, tables(db)) : columnHint(db, sql, last);
    return `there is no ${kind} ${name}${placeOf(sql, occurrences(sql, name)[0], name)}${hint}; restage sql alone lists the views and their columns`;
  }
  const [, ambiguous] = /^ambiguous column name: ([^]+)$/.exec(message) ?? [];
  if (ambiguous !== undefined)
    return `several of its tables have a column ${ambiguous}${placeOf(sql, occurrences(sql, ambiguous)[0], ambiguous)}; write the table before it, as in runs.${ambiguous}`;
  return message.replace(/\s+/g, ' ').replace(/\.$/, '');
}

/** Where a word of SQL ends, each time that it stands outside of texts and comments. */
function occurrences(sql: string, word: string): readonly number[] {
  const parts = sql.matchAll(/'(?:[^']|'')*'|--[^\n]*|\/\*[^]*?\*\/|"(?:[^"]|"")*"|[\w$.\u0080-\uffff]+|\S/g);
  const wanted = word.toLowerCase();
  const found: number[] = [];
  for (const { 0: part, index } of parts) {
    const text = part.toLowerCase();
    const within =
      text === wanted || text === `"${wanted}"` ? 0 : text.endsWith(`.${wanted}`) ? text.length - wanted.length : -1;
    if (within >= 0) found.push(index + part.length);
    else if (!/^['"]|^--|^\/\*/.test(text) && wanted.startsWith(text) && sql.startsWith(word, index))
      found.push(index + word.length);
  }
  return found;
}

/** Whether what comes before the end is wrong already: then this is the place. It is compiled and not executed. */
function saysSo(db: SqliteDatabase, start: string, message: string): boolean {
  try {
    db.prepare(start);
    return false;
  } catch (error) {
    return (error as Error).message === message;
  }
}

/** ` (line 2, character 8)`; empty where the place is not known. */
function placeOf(sql: string, end: number | undefined, word: string): string {
  if (end === undefined) return '';
  const lines = sql.slice(0, Math.max(0, end - word.length)).split('\n');
  const at = lines.at(-1)!.length + 1;
  return sql.trim().includes('\n') ? ` (line ${lines.length}, character ${at})` : ` (character ${at})`;
}

/** A column of the tables that the query names; where one of another table has the name, which table that is. */
function columnHint(db: SqliteDatabase, sql: string, name: string): string {
  const all = tables(db);
  const named = all.filter((table) => occurrences(sql, table).length > 0);
  const columnsOf = (of: readonly string[]): readonly string[] => of.flatMap((table) => columns(db, table));
  const elsewhere = all.find((table) => columns(db, table).includes(name.toLowerCase()));
  if (elsewhere !== undefined) return `, which is a column of ${elsewhere}`;
  return didYouMean(name, columnsOf(named)) || didYouMean(name, columnsOf(all));
}

function tables(db: SqliteDatabase): readonly string[] {
  return db
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type IN ('view', 'table') ORDER BY type DESC, name`)
    .pluck()
    .all();
}

function columns(db: SqliteDatabase, table: string): readonly string[] {
  return db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
}
