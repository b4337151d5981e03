/** Tables compared to the last bit, and the sentences with which files of tables are refused. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { dtypeOf, type Table } from '../../src/core/artifact/tensors.ts';
import { type TypedArray } from '../../src/core/artifact/dtypes.ts';
import { DataError } from '../../src/errors.ts';

export async function refusal(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  const { message } = error as DataError;
  expect(message.split('\n')).toHaveLength(1);
  expect(message).toMatch(/^[^\0]*\.$/);
  return message.replaceAll(/\S*\/restage-test-\w+\//g, '');
}

/** By bits: NaN is NaN, and -0 is not 0. */
export function expectSame(actual: Table, expected: Table): void {
  expect(actual.rows).toBe(expected.rows);
  expect(Object.keys(actual.columns)).toEqual(Object.keys(expected.columns));
  for (const [name, column] of Object.entries(expected.columns)) {
    expect(dtypeOf(actual.columns[name]!)).toBe(dtypeOf(column));
    expect(Buffer.from(rawOf(actual.columns[name]!)).equals(rawOf(column)), name).toBe(true);
  }
}

export const rawOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
