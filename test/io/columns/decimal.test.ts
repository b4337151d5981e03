import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNumber, parseShortDecimal } from '../../../src/io/columns/decimal.ts';

/** The fast path with its fallback, as the readers of columns use them. */
function parse(text: string): number | undefined {
  const bytes = Buffer.from(`,${text},`);
  const quick = parseShortDecimal(bytes, 1, bytes.length - 1);
  return Number.isNaN(quick) ? parseNumber(text) : quick;
}

const digits = fc.stringMatching(/^[0-9]{0,20}$/);
const literal = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    digits,
    fc.option(digits, { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e-', 'E+'), fc.integer({ min: 0, max: 340 })), { nil: undefined }),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction === undefined ? '' : `.${fraction}`, exponent === undefined ? '' : exponent.join('')].join(
      '',
    ),
  )
  .filter((text) => /\d/.test(text.replace(/e.*/i, '')));

describe('a decimal literal', () => {
  test('reads as exactly what Number gives for it', () => {
    fc.assert(
      fc.property(literal, (text) => {
        expect(parse(text)).toBe(Number(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('that JavaScript printed for a double reads back as that double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = Object.is(value, -0) ? '-0' : String(value);
        expect(parse(text)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  test('with few digits takes the fast path', () => {
    for (const text of ['138.47', '-999.0', '0.00265331133733', '2', '-0', '1e22', '12345678901234.5', '.5', '5.'])
      expect(parseShortDecimal(Buffer.from(text), 0, text.length)).toBe(Number(text));
  });

  test('beyond 2^53 or 10^22 leaves the fast path, which would be off by a bit', () => {
    for (const text of ['9007199254740993', '1e23', '1e-23', '0.1000000000000000055511151231257827', '1e400'])
      expect(parseShortDecimal(Buffer.from(text), 0, text.length)).toBeNaN();
  });
});

describe('text other than a decimal literal', () => {
  test('is not a number', () => {
    for (const text of ['', ' ', '-', '.', 'e5', '1e', '1e+', '0x10', '1,5', '1 2', '--1', '1.2.3', 's', '1f', 'Inf1'])
      expect(parse(text)).toBeUndefined();
  });

  test('may say nan or inf, in any case, or have spaces around it', () => {
    expect(parse('NaN')).toBeNaN();
    expect(parse('-Inf')).toBe(Number.NEGATIVE_INFINITY);
    expect(parse('infinity')).toBe(Number.POSITIVE_INFINITY);
    expect(parse(' 1.5 ')).toBe(1.5);
  });
});
