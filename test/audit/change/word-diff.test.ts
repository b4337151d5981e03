import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordDiff } from '../../../src/audit/change/word-diff.ts';

const marked = (before: string, after: string): string =>
  wordDiff(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'removed' ? `[-${text}-]` : `{+${text}+}`))
    .join('');

test('a number is one word, with its sign and its exponent', () => {
  expect(marked('[0.1,-2e-3,3]', '[0.1,-2e-4,3]')).toBe('[0.1,[--2e-3-]{+-2e-4+},3]');
});

test('words that stay are not told again', () => {
  expect(marked('the mean of all', 'the sum of all')).toBe('the [-mean-]{+sum+} of all');
});

test('the pieces of each side make its text', () => {
  const side = (before: string, after: string, gone: string): string =>
    wordDiff(before, after)
      .flatMap(({ kind, text }) => (kind === gone ? [] : [text]))
      .join('');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, after) => {
      expect(side(before, after, 'added')).toBe(before);
      expect(side(before, after, 'removed')).toBe(after);
    }),
  );
});
