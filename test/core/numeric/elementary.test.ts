import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp, expm1, log, log1p, pow } from '../../../src/core/numeric/elementary.ts';
import { asinh, atan2, cos, cosh, hypot, sin, sinh, tan } from '../../../src/core/numeric/trigonometry.ts';

const view = new DataView(new ArrayBuffer(8));

/** A number's place among all float64. */
function place(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits;
}

/** How many float64 lie between two numbers: units in the last place. */
function distance(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  const difference = place(a) - place(b);
  return Number(difference < 0n ? -difference : difference);
}

const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
/** Of any size, evenly by exponent. */
const positive = between(-740, 709).map(Math.exp);

const functions: readonly [string, (x: number) => number, (x: number) => number, fc.Arbitrary<number>, number][] = [
  ['exp', exp, Math.exp, fc.oneof(between(-746, 710), between(-1, 1)), 1],
  ['expm1', expm1, Math.expm1, fc.oneof(between(-60, 710), between(-2, 2), between(-1e-3, 1e-3)), 1],
  ['log', log, Math.log, fc.oneof(positive, between(0.5, 2)), 1],
  ['log1p', log1p, Math.log1p, fc.oneof(positive, between(-1, 2), between(-1e-3, 1e-3)), 1],
  ['sin', sin, Math.sin, fc.oneof(between(-4, 4), between(-1e5, 1e5)), 1],
  ['cos', cos, Math.cos, fc.oneof(between(-4, 4), between(-1e5, 1e5)), 1],
  ['tan', tan, Math.tan, between(-1.6, 1.6), 2],
  ['sinh', sinh, Math.sinh, fc.oneof(between(-30, 30), between(-0.1, 0.1)), 1],
  ['cosh', cosh, Math.cosh, fc.oneof(between(-30, 30), between(-0.1, 0.1)), 1],
  ['asinh', asinh, Math.asinh, fc.oneof(between(-30, 30), positive), 2],
];
const pairs: readonly [
  string,
  (x: number, y: number) => number,
  (x: number, y: number) => number,
  fc.Arbitrary<number>,
  fc.Arbitrary<number>,
  number,
][] = [
  ['pow', pow, Math.pow, between(0, 20), between(-300, 300), 1],
  ['pow of decays', pow, Math.pow, between(0.8, 1), fc.integer({ min: 1, max: 100_000 }), 1],
  ['atan2', atan2, Math.atan2, between(-3, 3), between(-3, 3), 1],
  ['hypot', hypot, Math.hypot, between(1e-3, 1e3), between(-1e3, 1e3), 2],
];

// V8's own functions, here fdlibm's too for the most part, are the reference: within 1 unit in the last place of the
// truth.
describe('is within few units in the last place of what the engine has:', () => {
  test.each(functions)('%s', (_, own, builtin, numbers, most) => {
    fc.assert(
      fc.property(numbers, (x) => {
        expect(distance(own(x), builtin(x))).toBeLessThanOrEqual(most);
      }),
      { numRuns: 4000 },
    );
  });

  test.each(pairs)('%s', (_, own, builtin, first, second, most) => {
    fc.assert(
      fc.property(first, second, (x, y) => {
        expect(distance(own(x, y), builtin(x, y))).toBeLessThanOrEqual(most);
      }),
      { numRuns: 4000 },
    );
  });
});

describe('at the edges', () => {
  const edges = [0, -0, 1, -1, 5e-324, 1e-320, 1e-20, -1e-20, 709.78, 710, -745.1, 1e308, -1e308];
  const limits = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];

  test.each(functions)('%s is what it should be', (name, own, builtin) => {
    const angles = ['sin', 'cos', 'tan'].includes(name);
    for (const x of angles ? edges.filter((edge) => Math.abs(edge) < 1e5) : [...edges, ...limits]) {
      expect(distance(own(x), builtin(x)), `${name}(${x})`).toBeLessThanOrEqual(2);
      expect(Object.is(own(x), -0), `${name}(${x})`).toBe(Object.is(builtin(x), -0));
    }
  });

  test('pow is what it should be, for bases that are not negative', () => {
    for (const x of [0, 0.5, 1, 2, 5e-324, 1e308, Number.POSITIVE_INFINITY, Number.NaN])
      for (const y of [0, 1, -1, 0.5, 1e-300, 1e300, -1e300, ...limits])
        expect(distance(pow(x, y), x ** y), `${x} to the ${y}`).toBeLessThanOrEqual(1);
    expect(pow(-2, 2)).toBeNaN();
  });

  test('atan2 has the signs of zero right', () => {
    for (const y of [0, -0, 1, -1]) for (const x of [0, -0, 1, -1]) expect(atan2(y, x)).toBe(Math.atan2(y, x));
  });

  test('an angle of many turns is refused, and NaN gives NaN', () => {
    expect(() => sin(1e6)).toThrow('The angle 1000000 is too large to have a meaningful sine.');
    expect(() => cos(Number.POSITIVE_INFINITY)).toThrow(RangeError);
    expect(cos(Number.NaN)).toBeNaN();
  });
});
