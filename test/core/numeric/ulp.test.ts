import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ulpDistance32, ulpDistance64 } from '../../../src/core/numeric/ulp.ts';

/** The next float64 above, by its bits. */
function nextUp(value: number): number {
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0]! += value >= 0 && !Object.is(value, -0) ? 1n : -1n;
  return Object.is(value, -0) || value === 0 ? Number.MIN_VALUE : new Float64Array(bits.buffer)[0]!;
}

/** The rank of a float64 among all, by its bits. */
function rank(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([Math.abs(value)]).buffer)[0]!;
  return value < 0 ? -bits : bits;
}

const finite = fc.double({ noNaN: true });

describe('units in the last place', () => {
  test('count the steps between two numbers, also across zero', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const steps = rank(a) - rank(b);
        const exact = steps < 0n ? -steps : steps;
        const counted = ulpDistance64(a, b);
        expect(exact < 2n ** 53n ? BigInt(counted) : true).toEqual(exact < 2n ** 53n ? exact : true);
        expect(counted).toBeCloseTo(Number(exact), exact < 2n ** 53n ? 5 : -12);
        expect(ulpDistance64(b, a)).toBe(counted);
      }),
    );
  });

  test('from a number to the next are one', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e300 }), (value) => {
        expect(ulpDistance64(value, nextUp(value))).toBe(1);
      }),
    );
  });

  test('of float32 are counted in float32', () => {
    const next = new Float32Array(new Uint32Array([0x3f800001]).buffer)[0]!;
    expect(ulpDistance32(1, next)).toBe(1);
    expect(ulpDistance32(-0, 0)).toBe(0);
    expect(ulpDistance32(2 ** -149, -(2 ** -149))).toBe(2);
    expect(ulpDistance32(1, Number.NaN)).toBeNaN();
  });
});
