import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wrapText } from '../../../src/ui/text/wrap.ts';

describe('wrapped text', () => {
  test('breaks between words and indents all lines but the first', () => {
    const text = 'The quick brown fox jumps over the lazy dog';
    expect(wrapText(text, 24, 2)).toEqual(['The quick brown fox', '  jumps over the lazy', '  dog']);
    expect(wrapText(`    ${text}`, 28, 4)).toEqual(['    The quick brown fox', '    jumps over the lazy dog']);
  });

  test('is left to a terminal that is very narrow', () => {
    expect(wrapText('one two three four', 10, 2)).toEqual(['one two three four']);
  });

  test('keeps every word, in order, and exceeds the width only for a word that is longer', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,14}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 24, max: 60 }), fc.nat(4), (list, width, indent) => {
        const lines = wrapText(list.join(' '), width, indent);
        expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(list);
        for (const line of lines) if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
