import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Traceable } from '../../../src/core/authoring/trace.ts';
import { compareTraces } from '../../../src/audit/verify/traces.ts';
import { Tracer } from '../../../src/executors/attempt/tracer.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';

type Call = readonly [name: string, value: Traceable, step?: number];

const directory = disposableDirectory('restage-traces-');

function traced(file: string, calls: readonly Call[]): string {
  const path = join(directory, file);
  const tracer = new Tracer('node', path, (sentence) => {
    throw new Error(sentence);
  });
  for (const [name, value, step] of calls) void tracer.trace(name, value, step);
  tracer.close();
  return path;
}

function compare(first: readonly Call[], second: readonly Call[]) {
  return compareTraces(traced('first', first), traced('second', second));
}

const matrix = (...data: readonly number[]) => ({ shape: [2, 2], data: Float32Array.from(data) });

describe('two traces', () => {
  test('agree if each call had the same values, NaN and zeros of two signs among them', () => {
    const calls: readonly Call[] = [
      ['loss', Number.NaN, 1],
      ['loss', -0, 2],
      ['w', { w: matrix(1, 2, 3, 4) }, 2],
    ];
    expect(compare(calls, calls)).toEqual({ calls: [3, 3], agree: 3, first: null, reordered: false });
    expect(compare([], [])).toEqual({ calls: [0, 0], agree: 0, first: null, reordered: false });
  });

  test('differ first in an element: its step, tensor, index, both values and the distance are told', () => {
    const before: readonly Call[] = [
      ['loss', 0.5, 1],
      ['w', { bias: matrix(0, 0, 0, 0), kernel: matrix(1, 2, 3, 4) }, 7],
    ];
    const after: readonly Call[] = [
      ['loss', 0.5, 1],
      ['w', { bias: matrix(0, 0, 0, 0), kernel: matrix(1, 2, 3 + 2 ** -21, 5) }, 7],
    ];
    expect(compare(before, after)).toEqual({
      calls: [2, 2],
      agree: 1,
      first: {
        name: 'w',
        step: 7,
        call: 1,
        what: {
          ...{ type: 'element', tensor: 'kernel', index: 2, shape: [2, 2], count: 2 },
          ...{ before: 3, after: 3 + 2 ** -21, ulp: 2 },
        },
      },
      reordered: false,
    });
    expect(compare([['x', 1]], [['x', Number.NaN]]).first?.what).toMatchObject({ before: 1, after: 'NaN', ulp: null });
    expect(compare([['x', Int8Array.of(1)]], [['x', Int8Array.of(2)]]).first?.what).toMatchObject({
      ulp: null,
      index: 0,
    });
  });

  test('differ in a call that only one has, and in what is called', () => {
    const one: readonly Call[] = [['a', 1, 0]];
    const two: readonly Call[] = [...one, ['b', 2, 1]];
    const first = { name: 'b', step: 1, call: 1 };
    expect(compare(one, two)).toEqual({
      calls: [1, 2],
      agree: 1,
      first: { ...first, what: { type: 'only', in: 'second' } },
      reordered: false,
    });
    expect(compare(two, one).first).toEqual({ ...first, what: { type: 'only', in: 'first' } });
    expect(compare(two, [...one, ['b', 2, 3]]).first).toEqual({ ...first, what: { type: 'call', name: 'b', step: 3 } });
  });

  test('differ in a tensor that only one has, and in dtype and shape', () => {
    const all = { a: matrix(1, 2, 3, 4), b: matrix(1, 2, 3, 4) };
    const { a } = all;
    expect(compare([['w', all]], [['w', { a }]]).first?.what).toEqual({ type: 'tensor', tensor: 'b', in: 'first' });
    expect(compare([['w', { a }]], [['w', all]]).first?.what).toEqual({ type: 'tensor', tensor: 'b', in: 'second' });
    expect(compare([['w', a]], [['w', a.data]]).first?.what).toEqual({
      ...{ type: 'shape', tensor: '' },
      ...{ before: 'float32 [2, 2]', after: 'float32 [4]' },
    });
  });

  test('are the same values in another order, if nothing else differs', () => {
    const order = (...values: readonly number[]): readonly Call[] =>
      [0, ...values].map((value, step) => ['settled', value, step]);
    expect(compare(order(1, 2, 3), order(3, 1, 2))).toMatchObject({ agree: 1, calls: [4, 4], reordered: true });
    expect(compare(order(1, 2, 3), order(3, 1, 1))).toMatchObject({ agree: 1, reordered: false });
    expect(compare(order(1, 2), order(2, 1, 1))).toMatchObject({ agree: 1, calls: [3, 4], reordered: false });
  });

  test('are read as far as they go where a process died while it wrote', () => {
    const path = traced('first', [
      ['a', 1],
      ['b', Float64Array.of(1, 2)],
    ]);
    const whole = traced('second', [['a', 1]]);
    const { calls } = compareTraces(path, whole);
    expect(calls).toEqual([2, 1]);
    writeFileSync(path, Buffer.concat([Buffer.from([9, 0])]));
    expect(compareTraces(path, whole).first?.what).toEqual({ type: 'only', in: 'second' });
  });

  test('have the first difference where one element of one call was changed', () => {
    const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(), (calls, m, n) => {
        const place = m % calls.length;
        const index = n % calls[place]!.length;
        const all = (change: boolean): readonly Call[] =>
          calls.map((each, k) => [
            'x',
            Float32Array.from(each, (value, i) =>
              change && k === place && i === index ? value + 1 + Math.abs(value) : value,
            ),
            k,
          ]);
        const { agree, first } = compare(all(false), all(true));
        expect([agree, first?.step]).toEqual([place, place]);
        expect(first?.what).toMatchObject({ type: 'element', index, count: 1 });
      }),
      { numRuns: 50 },
    );
  });
});
