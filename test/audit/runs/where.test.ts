import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunValue } from '../../../src/audit/runs/run-value.ts';
import { holds, parseWhere } from '../../../src/audit/runs/where.ts';

const value = (of: RunValue['value']): RunValue => ({ kind: 'param', name: 'x', value: of, error: null, count: 1 });
const isTrue = (text: string, of: RunValue['value']): boolean => holds(parseWhere(text)[0]!, value(of));

describe('conditions', () => {
  test('are divided at && into a name, a comparison and a value', () => {
    expect(parseWhere('train.rate<0.01 && profile = as-run&&seed!=1')).toEqual([
      { name: 'train.rate', operator: '<', operand: '0.01' },
      { name: 'profile', operator: '=', operand: 'as-run' },
      { name: 'seed', operator: '!=', operand: '1' },
    ]);
  });

  test('take the last comparison, since the name of an instance may hold one', () => {
    expect(parseWhere('fit@fold=3.loss<=0.5')).toEqual([{ name: 'fit@fold=3.loss', operator: '<=', operand: '0.5' }]);
    expect(parseWhere('fit@fold=3.loss==0.5')).toEqual([{ name: 'fit@fold=3.loss', operator: '=', operand: '0.5' }]);
  });

  test('take what is between quotes as it is', () => {
    expect(parseWhere('note="a && b<c" && x=1')[0]).toEqual({ name: 'note', operator: '=', operand: 'a && b<c' });
  });

  test.each([
    ['', 'is empty'],
    ['a<1 &&', 'is empty'],
    ['rate', 'compares nothing'],
    ['<1', 'no name before <'],
    ['rate<', 'no value after <'],
    ['rate<fast', 'a number after <, and fast is not one'],
    ['a<1 || b<1', 'join comparisons with && alone'],
    ['(a<1)', 'parentheses'],
    ['a<1 & b<1', 'compares twice'],
    ['a<b<1', 'compares twice'],
    ['a=b=1', 'compares twice'],
  ])('such as %j are refused with a reason', (text, reason) => {
    expect(() => parseWhere(text)).toThrow(reason);
  });

  test('compare numbers as numbers, and texts to the letter', () => {
    expect(isTrue('x=1e-2', 0.01)).toBe(true);
    expect(isTrue('x=1.10', '1.1')).toBe(false);
    expect(isTrue('x=1.10', '1.10')).toBe(true);
    expect(isTrue('x=true', true)).toBe(true);
    expect(isTrue('x=null', null)).toBe(true);
    expect(isTrue('x=[1, 2]', [1, 2])).toBe(true);
    expect(isTrue('x!=NaN', Number.NaN)).toBe(false);
    expect(isTrue('x=0', -0)).toBe(true);
    expect(isTrue('x<1', 'fast')).toBe(false);
    expect(isTrue('x<1', Number.NaN)).toBe(false);
  });

  test('do not hold for a run that lacks the value, not even !=', () => {
    expect(holds(parseWhere('x!=1')[0]!, undefined)).toBe(false);
  });

  test('order any two numbers as JavaScript does', () => {
    const number = fc.double({ noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(isTrue(`x<${b}`, a)).toBe(a < b);
        expect(isTrue(`x<=${b}`, a)).toBe(a <= b);
        expect(isTrue(`x>${b}`, a)).toBe(a > b);
        expect(isTrue(`x>=${b}`, a)).toBe(a >= b);
        expect(isTrue(`x=${b}`, a)).toBe(a === b);
      }),
    );
  });
});
