/**
 * A slice of the record as text, one JSON array a row: it has the same bytes whatever SQLite wrote the database, and
 * whoever reads it from a stranger makes a database of their own, so that no file of a stranger is ever opened by
 * SQLite.
 *
 *     {"table":"state","columns":["id","key","stage",...]}
 *     [1,{"hex":"5fa2..."},12,...]
 *
 * A BLOB is `{"hex": "..."}`, an infinity `{"real": "Infinity"}` or `"-Infinity"`. SQLite has no NaN, and no -0. The
 * text of a part begins with the states outside of it, `{"outside":[[7,"5fa2..."]]}`.
 */
import { type CacheKey, isDigest } from '../../core/identity/digest.ts';
import { SliceError } from '../../errors.ts';
import type { SliceTable } from './slice-tables.ts';

export type SliceValue = string | number | null | Buffer;
export type SliceRow = readonly SliceValue[];

export interface SliceRows {
  readonly table: SliceTable;
  readonly columns: readonly string[];
  readonly rows: readonly SliceRow[];
}

export interface RecordSlice {
  /** The schema of the record that it was cut out of. */
  readonly schema: number;
  /** In an order of the slice's own; a row may refer to one that comes later. */
  readonly tables: readonly SliceRows[];
  /** Of a part: states that its rows refer to, and that are on record elsewhere. */
  readonly outside?: readonly OutsideState[];
}

export interface OutsideState {
  /** By which the rows of the part refer to it. */
  readonly id: number;
  readonly key: CacheKey;
}

export function sliceText({ tables, outside = [] }: RecordSlice): string {
  const head = outside.length === 0 ? [] : [JSON.stringify({ outside: outside.map(({ id, key }) => [id, key]) })];
  const rows = tables.flatMap(({ table, columns, rows: own }) =>
    own.length === 0 ? [] : [JSON.stringify({ table, columns }), ...own.map((row) => JSON.stringify(row.map(written)))],
  );
  return [...head, ...rows].map((line) => `${line}\n`).join('');
}

/**
 * What is wrong with the values, the database that takes them will say.
 * @throws SliceError for text that is not a slice
 */
export function parseSlice(text: string, schema: number): RecordSlice {
  const tables: { readonly table: SliceTable; readonly columns: readonly string[]; readonly rows: SliceRow[] }[] = [];
  const lines = text.split('\n');
  if (lines.pop() !== '') throw malformed(lines.length + 1);
  let outside: readonly OutsideState[] = [];
  for (const [index, line] of lines.entries()) {
    const value = parsed(line, index + 1);
    if (index === 0 && isOutside(value)) outside = value.outside.map(([id, key]) => ({ id, key }));
    else if (isHead(value)) {
      if (tables.some(({ table }) => table === value.table)) throw malformed(index + 1);
      tables.push({ table: value.table as SliceTable, columns: value.columns, rows: [] });
    } else {
      const last = tables.at(-1);
      if (!Array.isArray(value) || value.length !== last?.columns.length) throw malformed(index + 1);
      last.rows.push(value.map((each) => read(each, index + 1)));
    }
  }
  return { schema, tables, ...(outside.length === 0 ? {} : { outside }) };
}

function written(value: SliceValue): unknown {
  if (Buffer.isBuffer(value)) return { hex: value.toString('hex') };
  return typeof value === 'number' && !Number.isFinite(value) ? { real: String(value) } : value;
}

const REALS: ReadonlyMap<unknown, number> = new Map([
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function read(value: unknown, line: number): SliceValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const { hex, real, ...rest } = value as { readonly hex?: unknown; readonly real?: unknown };
  if (Object.keys(rest).length > 0) throw malformed(line);
  if (real === undefined && typeof hex === 'string' && /^(?:[0-9a-f]{2})*$/.test(hex)) return Buffer.from(hex, 'hex');
  const number = hex === undefined ? REALS.get(real) : undefined;
  if (number === undefined) throw malformed(line);
  return number;
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw malformed(number);
  }
}

function isOutside(value: unknown): value is { readonly outside: readonly (readonly [number, CacheKey])[] } {
  const { outside } = (value ?? {}) as { readonly outside?: unknown };
  return (
    Array.isArray(outside) &&
    outside.every(
      (each: unknown) =>
        Array.isArray(each) &&
        each.length === 2 &&
        Number.isSafeInteger(each[0]) &&
        typeof each[1] === 'string' &&
        isDigest(each[1]),
    )
  );
}

function isHead(value: unknown): value is { readonly table: string; readonly columns: readonly string[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { table, columns } = value as { readonly table?: unknown; readonly columns?: unknown };
  return typeof table === 'string' && Array.isArray(columns) && columns.every((column) => typeof column === 'string');
}

function malformed(line: number): SliceError {
  return new SliceError(`line ${line} of the record is not a row of it`);
}
