import { describe, expect, test } from 'vitest';
import { numberLeaves } from '../../../src/audit/runs/number-leaves.ts';
import { shortNames } from '../../../src/audit/runs/short-names.ts';

const leaves = (value: Parameters<typeof numberLeaves>[0]) =>
  numberLeaves(value, 'score').map(({ path, value: number, error }) => [path, number, error]);

describe('the numbers of a value', () => {
  test('have the paths of their members, and a value with an error is one number', () => {
    expect(
      leaves({ ams: { value: 3.5, error: 0.1, folds: 2 }, data: 'simulated', ok: true, none: null, cut: 0.9 }),
    ).toEqual([
      ['score.ams', 3.5, 0.1],
      ['score.ams.folds', 2, null],
      ['score.cut', 0.9, null],
    ]);
    expect(leaves(4)).toEqual([['score', 4, null]]);
    expect(leaves({ value: 4 })).toEqual([['score.value', 4, null]]);
  });

  test('are those of short lists too', () => {
    expect(leaves([1, { x: 2 }])).toEqual([
      ['score[0]', 1, null],
      ['score[1].x', 2, null],
    ]);
    expect(leaves(Array.from({ length: 21 }, (_, i) => i))).toEqual([]);
  });

  test('end somewhere', () => {
    const large = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`x${i}`, i]));
    expect(leaves(large)).toHaveLength(500);
  });
});

test('a heading is the shortest ending of a name that no other one has', () => {
  expect(shortNames(['score.validation.ams', 'cut.ams', 'score.cut', 'cut.cut', 'x', 'folds.1'])).toEqual([
    'validation.ams',
    'cut.ams',
    'score.cut',
    'cut.cut',
    'x',
    'folds.1',
  ]);
  expect(shortNames(['a.b.c', 'a.b.d'])).toEqual(['c', 'd']);
});
