import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textDiff, unifiedDiff } from '../../../src/audit/change/text-diff.ts';

const NAMES = { before: 'a.ts', after: 'b.ts' };

test('a unified diff shows what differs, with the lines around it', () => {
  const before = 'one\ntwo\nthree\nfour\nfive\n';
  const diff = textDiff(before, before.replace('three', 'drei'), 1);
  expect(unifiedDiff(diff, NAMES)).toEqual([
    '--- a.ts',
    '+++ b.ts',
    '@@ -2,3 +2,3 @@',
    ' two',
    '-three',
    '+drei',
    ' four',
  ]);
});

test('equal texts give no line', () => {
  expect(unifiedDiff(textDiff('same\n', 'same\n'), NAMES)).toEqual([]);
});

test('a text that begins to exist is told as a tool takes it', () => {
  expect(unifiedDiff(textDiff('', 'new\n'), NAMES)).toEqual(['--- a.ts', '+++ b.ts', '@@ -0,0 +1 @@', '+new']);
});

test('a missing end of the last line is told', () => {
  expect(unifiedDiff(textDiff('a\n', 'a'), NAMES)).toContain('\\ No newline at end of file');
});

test('texts that have too little in common are replaced as a whole, and that is said', () => {
  const lines = (word: string): string => Array.from({ length: 5000 }, (_, k) => `${word} ${k}\n`).join('');
  const diff = textDiff(lines('old'), lines('new'));
  expect(diff.isShortest).toBe(false);
  expect(diff.hunks[0]).toMatchObject({ oldStart: 1, oldLines: 5000, newStart: 1, newLines: 5000 });
});

test('the old lines and the new lines of the hunks are those of the texts', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
    .map((lines) => lines.map((l) => `${l}\n`).join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = textDiff(before, after, 100).hunks.flatMap((hunk) => hunk.lines);
      const side = (mark: string): string =>
        lines
          .filter((line) => line.startsWith(mark) || line.startsWith(' '))
          .map((line) => `${line.slice(1)}\n`)
          .join('');
      if (before === after) expect(lines).toEqual([]);
      else expect([side('-'), side('+')]).toEqual([before, after]);
    }),
  );
});
