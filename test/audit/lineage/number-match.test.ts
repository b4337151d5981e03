import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchOf, parseNumber } from '../../../src/audit/lineage/number-match.ts';

const match = (text: string, value: number): string | undefined => matchOf(parseNumber(text)!, value);

describe('a printed number', () => {
  test('means the number with the same digits, and those that round or are cut to it', () => {
    expect(match('3.32', 3.32)).toBe('exact');
    expect(match('3.320', 3.32)).toBe('exact');
    expect(match('3.32', 3.3151)).toBe('rounded');
    expect(match('3.32', 3.3299)).toBe('rounded');
    expect(match('3.32', 3.33)).toBeUndefined();
    expect(match('3.32', 3.3149)).toBeUndefined();
    expect(match('-1.25e-9', -1.2549e-9)).toBe('rounded');
    expect(match('-1.25', 1.25)).toBeUndefined();
  });

  test('of fewer than three digits means only itself', () => {
    expect(match('3', 3.1)).toBeUndefined();
    expect(match('0.05', 0.0501)).toBeUndefined();
    expect(match('3', 3)).toBe('exact');
  });

  test('with decimals means a whole number less than one that rounds to it, and may come with its error', () => {
    expect(match('2.00', 2)).toBe('rounded');
    expect(match('2', 2)).toBe('exact');
    expect(match('2.00 ± 0.57', 1.9989)).toBe('rounded');
    expect(match('3.32±0.08', 3.32)).toBe('exact');
  });

  test('is told from other words', () => {
    for (const word of ['', 'x', '0x10', '1,5', '1e999', 'NaN', '3fa9c1d2', 'run:3'])
      expect(parseNumber(word)).toBeUndefined();
  });

  test('is found by any rounding of it to three digits or more, and by itself', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(value, fc.integer({ min: 3, max: 15 }), (each, digits) => {
        expect(match(String(each), each)).toBe('exact');
        expect(match(each.toPrecision(digits), each)).toBeDefined();
      }),
    );
  });
});
