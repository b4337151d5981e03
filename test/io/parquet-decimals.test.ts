/** Decimals of Parquet files: the numbers that CSV gives for the same rows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, test } from 'vitest';
import { readParquet, readTable } from '../../src/io/index.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { expectSame, refusal } from './tables.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory, 'table.parquet');
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
