/** Parquet files: those that we write, those that DuckDB and Rust's arrow wrote, and files that are not Parquet. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import type { SchemaElement } from 'hyparquet';
import { type BasicType, parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, test } from 'vitest';
import { dtypeOf, type Table, tableOf } from '../../src/core/artifact/tensors.ts';
import { ARRAYS, type DType, type TypedArray } from '../../src/core/artifact/dtypes.ts';
import { DataError } from '../../src/errors.ts';
import { readParquet, readTable, readTableHeader, writeCsv, writeParquet } from '../../src/io/index.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory, 'table.parquet');
});

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

async function bytesOf(table: Table, options?: Parameters<typeof writeParquet>[1]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeParquet(table, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A file of one column, as another writer may write it. */
function writeColumn(data: unknown[], type: BasicType, options: object = {}): string {
  writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'x', data, type }], ...options })));
  return file;
}

async function refusal(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  const { message } = error as DataError;
  expect(message.split('\n')).toHaveLength(1);
  expect(message).toMatch(/^[^\0]*\.$/);
  return message.replaceAll(`${directory}/`, '');
}

/** By bits: NaN is NaN, and -0 is not 0. */
function expectSame(actual: Table, expected: Table): void {
  expect(actual.rows).toBe(expected.rows);
  expect(Object.keys(actual.columns)).toEqual(Object.keys(expected.columns));
  for (const [name, column] of Object.entries(expected.columns)) {
    expect(dtypeOf(actual.columns[name]!)).toBe(dtypeOf(column));
    expect(Buffer.from(rawOf(actual.columns[name]!)).equals(rawOf(column)), name).toBe(true);
  }
}

const rawOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

describe('a table written as Parquet', () => {
  test('may have columns of the names that every object has', async () => {
    const names = ['toString', '__proto__', 'constructor', 'hasOwnProperty', 'valueOf'];
    const table = tableOf(Object.fromEntries(names.map((each, i) => [each, Float32Array.of(i, -i)])));
    for (const options of [{}, { words: {} }]) {
      writeFileSync(file, await bytesOf(table, options));
      expectSame(await readParquet(file), table);
      expect(await readTableHeader(file)).toEqual(names);
      const wanted = Object.fromEntries(names.map((each) => [each, 'float32' as const]));
      expectSame(await readParquet(file, wanted), table);
    }
  });

  test('has the same bytes whatever bits its NaN have', async () => {
    const bits = (high: number): Float64Array => new Float64Array(Uint32Array.of(0, high, 0, 0x3ff00000).buffer);
    const expected = await bytesOf(tableOf({ x: Float64Array.of(Number.NaN, 1) }));
    for (const high of [0x7ff80000, 0xfff80000, 0x7ff40000])
      expect((await bytesOf(tableOf({ x: bits(high) }))).equals(expected)).toBe(true);
    const single = new Float32Array(Uint32Array.of(0xffc00000).buffer);
    expect(await bytesOf(tableOf({ x: single }))).toEqual(await bytesOf(tableOf({ x: Float32Array.of(Number.NaN) })));
  });

  const DTYPES = Object.keys(ARRAYS) as DType[];
  const name = fc.string({ minLength: 1, maxLength: 12 });
  const tables = fc.tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), fc.nat(40)).chain(([names, rows]) =>
    fc
      .tuple(
        ...names.map((each) =>
          fc.tuple(
            fc.constant(each),
            fc.constantFrom(...DTYPES),
            fc.array(fc.oneof(fc.double(), fc.integer()), { minLength: rows, maxLength: rows }),
          ),
        ),
      )
      .map((columns) => {
        const entries = columns.map(([each, dtype, values]) => [each, ARRAYS[dtype].from(values)] as const);
        return tableOf(Object.fromEntries(entries));
      }),
  );

  test('reads back bit for bit, whatever its types, names and rows', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.constantFrom('snappy', 'none'), async (table, compression) => {
        writeFileSync(file, await bytesOf(table, { compression }));
        expectSame(await readParquet(file), table);
      }),
      { numRuns: 60 },
    );
  });

  test('of many rows has several row groups, and no memory of one another', async () => {
    const rows = 150_000;
    const table = tableOf({
      i: Int32Array.from({ length: rows }, (_, i) => i),
      x: Float64Array.from({ length: rows }, (_, i) => (i * 7919) % 104_729),
      few: Uint8Array.from({ length: rows }, (_, i) => i % 3),
    });
    let chunks = 0;
    const written: Uint8Array[] = [];
    for await (const chunk of writeParquet(table)) {
      chunks++;
      written.push(chunk);
    }
    expect(chunks).toBe(4);
    writeFileSync(file, Buffer.concat(written));
    expectSame(await readParquet(file), table);
    const { columns } = await readParquet(file, { x: 'float32' });
    expect(columns.x[149_999]).toBe(Math.fround(table.columns.x[149_999]!));
  });

  test('is the same bytes each time', async () => {
    const table = tableOf({ a: Float32Array.of(1, 2, 3), b: Uint8Array.of(1, 0, 1) });
    expect((await bytesOf(table)).equals(await bytesOf(table))).toBe(true);
  });

  test('is a valid file without rows or columns', async () => {
    writeFileSync(file, await bytesOf({ rows: 0, columns: { a: new Float32Array(0) } }));
    expectSame(await readParquet(file), { rows: 0, columns: { a: new Float32Array(0) } });
    writeFileSync(file, await bytesOf({ rows: 0, columns: {} }));
    expect(await readParquet(file)).toEqual({ rows: 0, columns: {} });
  });

  test('has words for codes, which are read back by the same words', async () => {
    const table = tableOf({ label: Uint8Array.of(0, 1, 1), x: Float32Array.of(1, 2, 3) });
    writeFileSync(file, await bytesOf(table, { words: { label: ['b', 's'] } }));
    expectSame(await readParquet(file, { label: { codes: { b: 0, s: 1 } }, x: 'float32' }), table);
    await expect(bytesOf(table, { words: { label: ['b'] } })).rejects.toThrow(
      'Column label has no word for its code 1.',
    );
  });

  test('gives by readTable the same table as its CSV', async () => {
    const table = tableOf({
      id: Int32Array.of(7, 8, 9),
      label: Uint8Array.of(0, 1, 1),
      x: Float32Array.of(0.1, -999, 3e8),
    });
    const words = { label: ['b', 's'] };
    const csv = join(directory, 'table.csv');
    writeFileSync(csv, Buffer.concat([...writeCsv(table, { words })]));
    writeFileSync(file, await bytesOf(table, { words }));
    const columns = { x: 'float32', id: 'int32', label: { codes: { b: 0, s: 1 } } } as const;
    expectSame(await readTable(file, columns), await readTable(csv, columns));
    for (const path of [file, csv]) expect(await readTableHeader(path)).toEqual(['id', 'label', 'x']);
    expect(await refusal(readTable(join(directory, 'none'), columns))).toBe(
      'none cannot be read: it does not exist; check the path.',
    );
  });
});

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

describe('decimals', () => {
  const KINDS = ['INT32', 'INT64', 'FIXED_LEN_BYTE_ARRAY', 'BYTE_ARRAY'] as const;
  const DECLARATIONS = ['old', 'new', 'both'] as const;

  /** Two's complement, the highest byte first. */
  const bytesOfInteger = (value: bigint, length: number): Uint8Array =>
    Buffer.from(
      BigInt.asUintN(8 * length, value)
        .toString(16)
        .padStart(2 * length, '0'),
      'hex',
    );

  function writeDecimals(
    unscaled: readonly (bigint | null)[],
    scale: number,
    type: (typeof KINDS)[number],
    declared: (typeof DECLARATIONS)[number],
    length = 16,
  ): void {
    const element: SchemaElement = {
      name: 'x',
      type,
      repetition_type: unscaled.includes(null) ? 'OPTIONAL' : 'REQUIRED',
      ...(type === 'FIXED_LEN_BYTE_ARRAY' && { type_length: length }),
      ...(declared !== 'new' && { converted_type: 'DECIMAL', scale, precision: 38 }),
      ...(declared !== 'old' && { logical_type: { type: 'DECIMAL', scale, precision: 38 } }),
    };
    const kept = (value: bigint) =>
      type === 'INT32' ? Number(value) : type === 'INT64' ? value : bytesOfInteger(value, length);
    // The writer treats a bigint of a declared decimal as its unscaled value.
    const data = unscaled.map((value) => (value === null ? null : declared === 'new' ? kept(value) : value));
    const schema: SchemaElement[] = [{ name: 'root', num_children: 1 }, element];
    writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'x', data }], schema })));
  }

  const textOf = (unscaled: bigint, scale: number): string => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const split = digits.length - scale;
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, split)}.${digits.slice(split)}`;
  };

  test('are the nearest doubles, however they are kept and declared', async () => {
    for (const type of KINDS)
      for (const declared of DECLARATIONS) {
        writeDecimals([35n, 7n, 115n, 0n, -35n, null, -1_234_567n], 2, type, declared);
        const { columns } = await readParquet(file);
        expect(columns['x']).toEqual(Float64Array.of(0.35, 0.07, 1.15, 0, -0.35, Number.NaN, -12345.67));
        writeDecimals([10_000n, -30_000n], 4, type, declared);
        expect((await readParquet(file, { x: 'int32' })).columns.x).toEqual(Int32Array.of(1, -3));
      }
    const large = 12_345_678_901_234_567_890_123_456_789n;
    writeDecimals([large, -large, 2n ** 53n + 1n], 10, 'FIXED_LEN_BYTE_ARRAY', 'both');
    expect((await readParquet(file)).columns['x']).toEqual(
      Float64Array.of(1234567890123456789.0123456789, -1234567890123456789.0123456789, 900719.9254740993),
    );
  });

  test('are the numbers that CSV gives for the same rows, to the last bit', async () => {
    const csv = join(directory, 'table.csv');
    const columns = { x: 'float64' } as const;
    const bits = { INT32: 32, INT64: 64, FIXED_LEN_BYTE_ARRAY: 128, BYTE_ARRAY: 128 };
    const files = fc.constantFrom(...KINDS).chain((type) =>
      fc.record({
        type: fc.constant(type),
        declared: fc.constantFrom(...DECLARATIONS),
        scale: fc.nat({ max: type === 'INT32' ? 9 : 38 }),
        unscaled: fc.array(
          fc
            .integer({ min: 8, max: bits[type] })
            .chain((n) => fc.bigInt({ min: -(2n ** BigInt(n - 1)), max: 2n ** BigInt(n - 1) - 1n })),
          { minLength: 1, maxLength: 30 },
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(files, async ({ type, declared, scale, unscaled }) => {
        writeDecimals(unscaled, scale, type, declared);
        writeFileSync(csv, `x\n${unscaled.map((value) => textOf(value, scale)).join('\n')}\n`);
        expectSame(await readTable(file, columns), await readTable(csv, columns));
      }),
      { numRuns: 150 },
    );
  });

  test('of few bytes are read like those of many', async () => {
    for (let length = 1; length <= 16; length++) {
      const most = 2n ** BigInt(8 * length - 1) - 1n;
      writeDecimals([most, -most - 1n, -1n], 1, 'FIXED_LEN_BYTE_ARRAY', 'new', length);
      const expected = [most, -most - 1n, -1n].map((value) => Number(textOf(value, 1)));
      expect((await readParquet(file)).columns['x']).toEqual(Float64Array.from(expected));
    }
  });

  test('that are not kept as integers are damage', async () => {
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 1 },
      {
        name: 'x',
        type: 'DOUBLE',
        repetition_type: 'REQUIRED',
        logical_type: { type: 'DECIMAL', scale: 2, precision: 9 },
      },
    ];
    const columnData = [{ name: 'x', data: [0.5] }];
    writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData, schema })));
    expect(await refusal(readParquet(file))).toMatch(
      /^table\.parquet is damaged as a Parquet file \(a decimal is kept as 0\.5/,
    );
  });
});

describe('words', () => {
  test('have the codes that CSV gives them, with or without the spaces around them', async () => {
    const csv = join(directory, 'table.csv');
    const words = ['s', ' s', 's ', 'sig', ' sig ', '', ' ', '  ', ' b', 'b', '\u00e4', '\u00a0\u00e4'];
    for (const codes of [
      { s: 1, sig: 2, b: 3, '': 4, '\u00e4': 5 },
      { s: 1, ' s': 6, sig: 2, ' sig ': 7, b: 3, '': 4, ' ': 8, '\u00e4': 5 },
    ]) {
      writeColumn(words, 'STRING');
      writeFileSync(csv, `x,y\n${words.map((word) => `"${word}",1\n`).join('')}`);
      const table = await readTable(file, { x: { codes } });
      expectSame(table, await readTable(csv, { x: { codes } }));
      expect([...table.columns.x].slice(0, 2)).toEqual([1, codes[' s'] ?? 1]);
    }
    writeColumn(['s', 'x '], 'STRING');
    writeFileSync(csv, 'x\ns\nx \n');
    for (const path of [file, csv])
      expect(await refusal(readTable(path, { x: { codes: { s: 1 } } }))).toMatch(/says "x ", which is not one of s;/);
  });
});

describe('values that do not fit', () => {
  test('are refused with their row: nulls, words, ranges, fractions', async () => {
    const read = (dtype: DType) => readParquet(file, { x: dtype });
    writeColumn([1, 2, null, 4], 'INT32');
    expect([...(await read('float32')).columns.x]).toEqual([1, 2, Number.NaN, 4]);
    expect(await refusal(read('int32'))).toBe(
      'table.parquet, row 3: column x is null, which int32 cannot hold; fill it in, or read the column as float32 or float64.',
    );
    writeColumn([1, 300], 'INT32');
    expect(await refusal(read('uint8'))).toBe(
      'table.parquet, row 2: column x is 300, which is outside uint8 (0 to 255); read it as a wider type.',
    );
    writeColumn([1, 2.5], 'DOUBLE');
    expect(await refusal(read('int32'))).toMatch(/row 2: column x is 2\.5, which is not an integer/);
    writeColumn([1, 1e300], 'DOUBLE');
    expect(await refusal(read('float32'))).toMatch(/row 2: column x is 1e\+300, which is too large for float32/);
    writeColumn(['b', 's', 'q'], 'STRING');
    expect(await refusal(readParquet(file, { x: { codes: { b: 0, s: 1 } } }))).toContain(
      'table.parquet, row 3: column x says "q", which is not one of b, s',
    );
    writeColumn(['b', null], 'STRING');
    expect(await refusal(readParquet(file, { x: { codes: { b: 0 } } }))).toMatch(
      /row 2: column x is null, which is not one of b/,
    );
  });

  test('of 64 bits are exact or refused, unless they are asked for as floats', async () => {
    const most = 2n ** 53n;
    writeColumn([1n, -most, most], 'INT64');
    expect([...(await readParquet(file)).columns['x']!]).toEqual([1, -(2 ** 53), 2 ** 53]);
    writeColumn([1n, most + 1n], 'INT64');
    expect(await refusal(readParquet(file))).toMatch(
      /row 2: column x is 9007199254740993, which float64 cannot hold exactly; ask for the column as float64 to have it rounded\.$/,
    );
    expect([...(await readParquet(file, { x: 'float64' })).columns.x]).toEqual([1, 2 ** 53]);
    expect(await refusal(readParquet(file, { x: 'int32' }))).toMatch(/is 9007199254740993, which is outside int32/);
    writeColumn([1n, -5n], 'INT64');
    expect([...(await readParquet(file, { x: 'int8' })).columns.x]).toEqual([1, -5]);
  });
});

describe('a file that is not Parquet, or not the right one', () => {
  const COLUMNS = { a: 'float32' } as const;
  const TABLE = tableOf({ a: Float32Array.of(1, 2, 3), weight: Float64Array.of(1, 2, 3) });

  test('is refused in a sentence: missing, empty, a folder, text, truncated, encrypted', async () => {
    expect(await refusal(readParquet(file, COLUMNS))).toBe(
      'table.parquet cannot be read: it does not exist; check the path.',
    );
    expect(await refusal(readParquet(directory, COLUMNS))).toMatch(/it is a directory; name a file in it\.$/);
    writeFileSync(file, '');
    expect(await refusal(readParquet(file, COLUMNS))).toBe('table.parquet is empty; give a Parquet file.');
    for (const text of ['a', 'a,b\n1,2\n'.repeat(9)]) {
      writeFileSync(file, text);
      expect(await refusal(readParquet(file, COLUMNS))).toMatch(
        /^table\.parquet is not a Parquet file \(it does not start with PAR1\)/,
      );
    }
    writeFileSync(file, 'PARE0000PARE');
    expect(await refusal(readParquet(file, COLUMNS))).toMatch(/is an encrypted Parquet file/);
    const whole = await bytesOf(TABLE);
    for (const length of [4, 11, 12, 40, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      expect(await refusal(readParquet(file, COLUMNS))).toBe(
        'table.parquet starts like a Parquet file but does not end like one: it is truncated; fetch or write it again.',
      );
    }
  });

  test('is refused for a column that is missing or there twice', async () => {
    writeFileSync(file, await bytesOf(TABLE));
    expect(await refusal(readParquet(file, { wieght: 'float64' }))).toBe(
      'table.parquet has no column wieght (did you mean "weight"?); its columns are a, weight.',
    );
    const twice = ['x', 'x'].map((name) => ({ name, data: [1, 2], type: 'INT32' as const }));
    writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData: twice })));
    expect(await refusal(readParquet(file, { x: 'int32' }))).toBe(
      'table.parquet has the column x twice; write it again with one of them.',
    );
  });

  test('with bytes changed is a table or a refusal in one sentence, never anything else', async () => {
    const whole = readFileSync(fixture('arrow-rs-snappy.parquet'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async (changes) => {
          const changed = Buffer.from(whole);
          for (const [at, byte] of changes) changed[at] = byte;
          writeFileSync(file, changed);
          const read = readParquet(file, { x: 'float32', n: 'int32' });
          await read.then(
            ({ rows }) => expect(rows).toBeGreaterThanOrEqual(0),
            () => refusal(read),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test('stops when it is aborted', async () => {
    writeFileSync(file, await bytesOf(TABLE));
    const abort = AbortSignal.abort(new Error('enough'));
    await expect(readParquet(file, COLUMNS, { signal: abort })).rejects.toThrow('enough');
  });
});
