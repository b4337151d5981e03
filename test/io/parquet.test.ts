/** Parquet files that we write, and files that are not Parquet. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type BasicType, parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Table, tableOf } from '../../src/core/artifact/tensors.ts';
import { ARRAYS, type DType } from '../../src/core/artifact/dtypes.ts';
import { readParquet, readTable, readTableHeader, writeCsv, writeParquet } from '../../src/io/index.ts';
import { expectSame, fixture, refusal } from './tables.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory, 'table.parquet');
});

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
