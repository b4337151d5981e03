/** Curves and numbers of a training that diverged. */
import { expect, test } from 'vitest';
import { plot } from '../../../src/ui/ink/chart.ts';
import { shortNumber } from '../../../src/ui/text/format.ts';
import { sparkline } from '../../../src/ui/text/sparkline.ts';

const drawn = (values: readonly number[], rows = 3): readonly string[] =>
  plot(values, rows, 31, 1).map((line) => line.map(({ text }) => text).join(''));

test('a number that is not finite is written as what it is, in few characters', () => {
  expect([Number.NaN, Infinity, -Infinity].map(shortNumber)).toEqual(['NaN', '∞', '-∞']);
});

test('a sparkline marks values without a height, and scales the others as if these were not there', () => {
  expect(sparkline([0, Number.NaN, 7, Infinity, -Infinity, 3.5], 6)).toBe('▁×█××▅');
  expect(sparkline([Number.NaN, Number.NaN], 6)).toBe('××');
  expect(sparkline([1, 1, Number.NaN, 1], 2)).toBe('▁×');
});

test('a curve has a marked gap where its values are not finite, and the scale of the finite ones', () => {
  const ramp = Array.from({ length: 40 }, (_, i) => i);
  const whole = drawn(ramp);
  const broken = drawn(ramp.map((value, i) => (i >= 10 && i < 30 ? Number.NaN : value)));
  expect(broken.map((line) => line.slice(0, 11))).toEqual(whole.map((line) => line.slice(0, 11)));
  expect(broken.at(-1)).toContain('××××××××××');
  expect(whole.join('')).not.toContain('×');
  for (const values of [
    [Number.NaN, Number.NaN],
    [Infinity, 1, -Infinity],
  ])
    expect(drawn(values).join('')).not.toMatch(/NaN|Infinity|∞/);
});
