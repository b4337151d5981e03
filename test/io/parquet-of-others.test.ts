/** Parquet files that DuckDB and Rust's arrow wrote. */
import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readParquet } from '../../src/io/index.ts';
import { fixture, refusal } from './tables.ts';

describe('a Parquet file of another writer', () => {
  const range = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));

  // Written by DuckDB 1.5.6 (npm @duckdb/node-api): 60 rows, every kind of column, nulls in `maybe`.
  test.each(['duckdb-gzip.parquet', ...('zstdDecompressSync' in zlib ? ['duckdb-zstd.parquet'] : [])])(
    'is read: %s',
    async (written) => {
      const { rows, columns } = await readParquet(fixture(written), {
        id: 'int32',
        big: 'float64',
        tiny: 'int8',
        utiny: 'uint8',
        small: 'int16',
        usmall: 'uint16',
        uint: 'uint32',
        f: 'float32',
        d: 'float64',
        maybe: 'float32',
        flag: 'uint8',
        label: { codes: { b: 0, s: 1 } },
        dec: 'float64',
      });
      expect(rows).toBe(60);
      const expected = {
        id: range(60, (i) => 100_000 + i),
        big: range(60, (i) => i * 1_000_003),
        tiny: range(60, (i) => i % 5),
        utiny: range(60, (i) => i % 250),
        small: range(60, (i) => i * 7 - 900),
        usmall: range(60, (i) => i * 200),
        uint: range(60, (i) => i * 14_000_000),
        f: range(60, (i) => Math.fround(i / 3)),
        d: range(60, (i) => 1 / (i + 1)),
        maybe: range(60, (i) => (i % 7 === 0 ? Number.NaN : i / 8)),
        flag: range(60, (i) => (i % 3 === 0 ? 1 : 0)),
        label: range(60, (i) => (i % 2 === 0 ? 1 : 0)),
        dec: range(60, (i) => i / 4),
      };
      for (const [name, values] of Object.entries(expected))
        expect([name, ...columns[name as keyof typeof columns]]).toEqual([name, ...values]);
    },
  );

  // Written by arrow-rs (npm parquet-wasm): 200 rows in groups of 80, text as a dictionary.
  test.each(['arrow-rs-snappy.parquet', 'arrow-rs-brotli.parquet'])('is read: %s', async (written) => {
    const { rows, columns } = await readParquet(fixture(written), {
      x: 'float32',
      n: 'int16',
      w: 'float64',
      word: { codes: { t: 0, b: 1, v: 2, u: 3 } },
    });
    expect(rows).toBe(200);
    expect([...columns.x]).toEqual(range(200, (i) => Math.fround(i / 3)));
    expect([...columns.n]).toEqual(range(200, (i) => i - 250));
    expect([...columns.w]).toEqual(range(200, (i) => 1 / (i + 1)));
    expect([...columns.word]).toEqual(range(200, (i) => i % 4));
  });

  test('is refused if its compression is not supported', async () => {
    const id = { id: 'int32' } as const;
    expect(await refusal(readParquet(fixture('duckdb-lz4.parquet'), id))).toMatch(
      /is compressed with LZ4_RAW, which restage cannot read; write it with snappy, zstd, gzip or brotli\.$/,
    );
    if ('zstdDecompressSync' in zlib) return;
    expect(await refusal(readParquet(fixture('duckdb-zstd.parquet'), id))).toMatch(
      /is compressed with zstd, which this Node \(v20[\d.]*\) cannot read; use Node 22\.15 or later/,
    );
  });

  test('is refused if a column does not fit into a table, unless it is omitted', async () => {
    const path = fixture('duckdb-gzip.parquet');
    for (const [column, why] of [
      ['day', 'is a date or a time, which no table can hold; omit or convert it'],
      ['pair', 'is nested (a list, map or struct), which no table can hold; omit or convert it'],
      ['label', 'is text, which no table can hold; say which number each word stands for: { codes: { ... } }'],
    ] as const)
      expect(await refusal(readParquet(path, { [column]: 'float64' }))).toBe(`${path}: column ${column} ${why}.`);
    expect(await refusal(readParquet(path))).toMatch(/column label is text/);
    expect(await refusal(readParquet(path, { id: { codes: { a: 1 } } }))).toMatch(
      /column id is int32, not text, so it has no words to code; ask for it as a number type\.$/,
    );
  });
});
