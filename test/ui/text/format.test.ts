import { describe, expect, test } from 'vitest';
import {
  clock,
  formatBytes,
  formatMeasurement,
  formatNumber,
  formatSeconds,
  formatTable,
  plural,
  shellWord,
  shortClock,
  shortNumber,
} from '../../../src/ui/text/format.ts';

describe('numbers for people', () => {
  test.each([
    [0, '0 s'],
    [0.0004, '0 s'],
    [0.0421, '0.042 s'],
    [0.5, '0.5 s'],
    [1, '1.0 s'],
    [12.345, '12.3 s'],
    [99.96, '100 s'],
    [119.4, '119 s'],
    [192, '3 min 12 s'],
    [3599.7, '1 h 0 min'],
    [7500, '2 h 5 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_048_570, '1.0 MiB'],
    [31_457_280, '30.0 MiB'],
    [2 ** 41, '2.0 TiB'],
    [2 ** 52, '4096.0 TiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [3.7123, 0.0996, '3.71 ± 0.10'],
    [3.7123, 0.1, '3.71 ± 0.10'],
    [1234.5, 23, '1235 ± 23'],
    [0.91234, 0.00021, '0.91234 ± 0.00021'],
    [2, 0, '2 ± 0'],
    [1e-20, 3e-22, '1.000e-20 ± 3.0e-22'],
    [5, Number.NaN, '5 ± NaN'],
  ])('%d with an error of %d is %s', (value, error, text) => {
    expect(formatMeasurement(value, error)).toBe(text);
  });

  test.each([
    [0.004213, '4.2e-3'],
    [0.4213, '0.4213'],
    [12.5, '12.50'],
    [123.45, '123.5'],
    [299_842.65, '299843'],
    [999_999.4, '999999'],
    [999_999.5, '1.0e+6'],
    [-299_842.65, '-299843'],
  ])('%d in a narrow column is %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  test.each([
    [0, '0:00', '0:00'],
    [34.9, '0:34', '0:34'],
    [725, '12:05', '12:05'],
    [3599, '59:59', '59:59'],
    [3600, '1:00:00', '60:00'],
    [5999, '1:39:59', '99:59'],
    [11_232, '3:07:12', '3 h'],
    [360_000, '100:00:00', '100 h'],
    [-1, '0:00', '0:00'],
  ])('%d seconds on a clock are %s, and in a narrow column %s', (seconds, long, short) => {
    expect(clock(seconds)).toBe(long);
    expect(shortClock(seconds)).toBe(short);
  });

  test('a number keeps six significant digits, and a whole one all of them', () => {
    expect([formatNumber(1 / 3), formatNumber(123456789), formatNumber(1.5e-7)]).toEqual([
      '0.333333',
      '123456789',
      '1.5e-7',
    ]);
  });

  test('one node, two nodes', () => {
    expect([plural(1, 'node'), plural(2, 'node'), plural(0, 'node')]).toEqual(['1 node', '2 nodes', '0 nodes']);
  });
});

describe('a table', () => {
  test('aligns numbers to the right, text to the left, and has no trailing spaces', () => {
    expect(
      formatTable(
        ['stage', 'hit', 'why'],
        [
          ['a', '10', ''],
          ['long', '2', 'because'],
        ],
      ),
    ).toEqual(['stage  hit  why', 'a       10', 'long     2  because']);
  });
});

describe('a word for the shell', () => {
  test('is quoted only where it has to be', () => {
    expect(['a=1', 'pipelines/higgs', 'x y', "it's", ''].map(shellWord)).toEqual([
      'a=1',
      'pipelines/higgs',
      "'x y'",
      "'it'\\''s'",
      "''",
    ]);
  });
});
