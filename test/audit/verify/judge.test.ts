import { describe, expect, test } from 'vitest';
import type { Output } from '../../../src/core/artifact/artifact.ts';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { tableOf } from '../../../src/core/artifact/tensors.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { judge, worst } from '../../../src/audit/verify/judge.ts';

function output(kind: 'json' | 'table', value: unknown): Output {
  const chunks = kind === 'json' ? json().encode(value as never, 'out') : table().encode(value as never, 'out');
  const bytes = Buffer.concat(chunks);
  return { name: 'out', kind, digest: sha256(bytes), bytes: bytes.byteLength, inline: bytes };
}

function rung(before: Output, after: readonly Output[], tolerance = { ulp: 0, relative: 0 }) {
  return worst(judge([before], after, tolerance, ({ inline }) => inline!));
}

const column = (...values: readonly number[]) => output('table', tableOf({ x: Float64Array.from(values) }));

describe('what a state came to again', () => {
  test('is the same if the bytes are', () => {
    expect(rung(column(1, 2), [column(1, 2)])).toBe('same');
  });

  test('is within units in the last place, or within a relative tolerance, or else diverged', () => {
    const near = column(1, 2 + 2 * Number.EPSILON);
    expect(rung(column(1, 2), [near])).toBe('diverged');
    expect(rung(column(1, 2), [near], { ulp: 1, relative: 0 })).toBe('ulp');
    expect(rung(column(1, 2), [near], { ulp: 0, relative: 1e-15 })).toBe('tolerance');
    expect(rung(column(1, 2), [column(1, 3)], { ulp: 4, relative: 0.1 })).toBe('diverged');
  });

  test('has diverged where a value is not a number any more, whatever the tolerance', () => {
    expect(rung(column(1), [column(Number.NaN)], { ulp: 1e15, relative: 1 })).toBe('diverged');
  });

  test('has diverged where something else than numbers differs', () => {
    const loose = { ulp: 1e15, relative: 1 };
    expect(rung(output('json', { a: 1, b: 'x' }), [output('json', { a: 1, b: 'y' })], loose)).toBe('diverged');
    expect(rung(output('json', { a: 1 }), [output('json', { a: 1.5 })], loose)).toBe('tolerance');
    expect(rung(column(1, 2), [column(1)], loose)).toBe('diverged');
    expect(rung(column(1, 2), [], loose)).toBe('diverged');
  });
});
