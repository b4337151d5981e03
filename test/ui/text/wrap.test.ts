import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { whole, wrapLines, wrapText } from '../../../src/ui/text/wrap.ts';

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

  test('keeps a number with its unit, and a value with its error', () => {
    const kept = ['42.8 s', '(1.4 KiB)', '3 min 12 s', '95 %,', '3.71 ± 0.10', '2026-11-21 04:15:28'];
    for (const words of kept)
      for (let before = 24; before < 40; before++) {
        const lines = wrapText(`${'x'.repeat(before)} ${words} and so on`, 40, 4);
        expect(lines.some((line) => line.includes(words))).toBe(true);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
      }
    // What only looks like a unit.
    expect(wrapText(`${'x'.repeat(30)} node 3 states more`, 40, 4)).toEqual([
      `${'x'.repeat(30)} node 3`,
      '    states more',
    ]);
  });

  test('never breaks a command to copy, which has a line of its own where it is long', () => {
    const command = `restage accept train-fold -m 'only a log line' -S a=1,2 --cache ./caches/of/a/group`;
    for (const text of [
      `write for example: ${command}`,
      `it says so ("${command}") and ends`,
      `how (${command}) is it`,
    ])
      expect(wrapText(text, 40, 4).filter((line) => line.includes(command))).toHaveLength(1);
    expect(wrapText(`Nothing is there; start with: restage run . -S a=1; and look at the rest`, 40, 4)).toEqual([
      'Nothing is there; start with:',
      '    restage run . -S a=1; and look at',
      '    the rest',
    ]);
    expect(wrapText(`it is restage that says ${whole('so and never otherwise')} to you`, 40, 4)).toEqual([
      'it is restage that says',
      '    so and never otherwise to you',
    ]);
    expect(wrapText(whole('a b'), Infinity, 4)).toEqual(['a b']);
  });

  test('stays in the column behind a label, and colours take no room', () => {
    const text = 'The quick brown fox jumps over the lazy dog';
    expect(wrapLines(`  name   ${text}`, 34)).toEqual([
      '  name   The quick brown fox jumps',
      '         over the lazy dog',
    ]);
    expect(wrapLines(`  ${text}`, 34)).toEqual(['  The quick brown fox jumps over', '      the lazy dog']);
    const [red, plain] = ['\u001b[31m', '\u001b[39m'];
    expect(wrapLines(`${red}  name${plain}   ${text}`, 34)).toEqual([
      `${red}  name${plain}   The quick brown fox jumps`,
      '         over the lazy dog',
    ]);
  });
});
