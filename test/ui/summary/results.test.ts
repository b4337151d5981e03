import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { CanonicalValue } from '../../../src/core/identity/canonical.ts';
import type { ResultValue } from '../../../src/run/request.ts';
import { resultLine, resultLines } from '../../../src/ui/summary/results.ts';

const COMMANDS = { get: (what: string, ...options: readonly string[]) => ['restage get', what, ...options].join(' ') };

function json(value: CanonicalValue): ResultValue {
  return { name: 'result', node: 'score', output: 'out', kind: 'json', digest: sha256('x'), bytes: 2048, value };
}

function lines(value: CanonicalValue, width = 80): readonly string[] {
  return resultLines(json(value), COMMANDS, width);
}

describe('the lines of a result', () => {
  test('show records as a table, with measurements and nested members', () => {
    const records = [
      { fold: 0, auc: 0.9123456, ams: { value: 3.7123, error: 0.0996 }, cut: { percent: 5 } },
      { fold: 10, auc: -0.5, ams: { value: 12.5, error: 2 } },
    ];
    expect(lines(records)).toEqual([
      'result:',
      '  fold       auc          ams  cut.percent',
      '     0  0.912346  3.71 ± 0.10            5',
      '    10      -0.5   12.5 ± 2.0',
    ]);
  });

  test('show at most 16 records, and name the command for all of them', () => {
    const records = Array.from({ length: 40 }, (_, k) => ({ k, square: k * k }));
    const shown = lines(records);
    expect(shown).toHaveLength(1 + 1 + 16 + 1);
    expect(shown.at(-1)).toBe('  and 24 more: restage get score.out');
  });

  test('are never wider than the terminal: columns without room are left out', () => {
    const records = Array.from({ length: 3 }, (_, k) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`member-${i}`, `text ${k * i}`])),
    );
    for (const width of [20, 40, 80]) {
      const shown = lines(records, width);
      expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(shown[1]).toMatch(/ …$/);
    }
  });

  test('show lists of one length as rows, and a table within an object below its name', () => {
    expect(
      lines([
        [1, 'a'],
        [20, 'b'],
      ]),
    ).toEqual(['result:', '   1  a', '  20  b']);
    expect(lines({ best: 3, folds: [{ k: 0 }, { k: 1 }] })).toEqual([
      'result:',
      '  best  3',
      '  folds: 2 rows',
      '    k',
      '    0',
      '    1',
    ]);
  });

  test('show the first items of a long list of numbers, and how many there are', () => {
    const numbers = Array.from({ length: 1000 }, (_, k) => k / 8);
    expect(lines(numbers)).toEqual(['result: [0, 0.125, 0.25, 0.375, 0.5, …] (1000 items)']);
  });

  test('show a short text as it is, one of several lines below its name', () => {
    const text = (value: string): ResultValue => ({ ...json(value), kind: 'text' });
    expect(resultLines(text('all is well\n'), COMMANDS, 80)).toEqual(['result: all is well']);
    expect(resultLines(text('# Title\n\n\u001b[31mred\u001b[0m\n'), COMMANDS, 80)).toEqual([
      'result:',
      '  # Title',
      '  ',
      '  red',
    ]);
    expect(resultLine(text('a\nb\n'), COMMANDS)).toBe('result: 2 lines (restage get score.out)');
  });

  test('in one line tell a table by its rows and columns', () => {
    const records = Array.from({ length: 12 }, (_, k) => ({ k, auc: 0.5 }));
    expect(resultLine(json(records), COMMANDS)).toBe('result: 12 rows of k, auc (restage get score.out)');
  });
});
