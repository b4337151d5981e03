import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { harmless, harmlessJson } from '../../../src/ui/text/harmless.ts';
import { styleFor } from '../../../src/ui/text/style.ts';

const HARMFUL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const style = styleFor(true, {});

describe('text for a terminal', () => {
  test('loses whole sequences: colours, titles, links, and what moves the cursor', () => {
    const text =
      'a\u001b[31mred\u001b[0m \u001b]0;title\u0007b \u001b]8;;http://x.example\u001b\\link\u001b]8;;\u001b\\ \u001b[2Jc\r\u009b5nd\u202ee';
    expect(harmless(text, false)).toMatch(/^ared b link cd?e$/);
  });

  test('keeps lines, tabs, letters of all languages, and what has no control character as it is', () => {
    const text = 'Ähre\t日本語 🙂‍↔️\nzwei';
    expect(harmless(text, false)).toBe(text);
  });

  test('keeps the colours of restage, and closes one that foreign words left open', () => {
    const line = `${style.red('failed')} ${style.bold('x')}`;
    expect(harmless(line, true)).toBe(line);
    expect(harmless(`${line} \u001b[31mhostile \u001b[8mhidden`, true)).toBe(
      `${line} \u001b[31mhostile hidden\u001b[0m`,
    );
  });

  test('of any content has nothing harmful, and harmless text is not changed', () => {
    const chunk = fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '31m',
      ';',
      '\u0007',
      '\\',
      '0',
      'x',
      '\u009b',
      '\r',
      '\n',
      '\u202e',
      'é',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(chunk).map((chunks) => chunks.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const plain = harmless(given, false);
        expect(HARMFUL.test(plain)).toBe(false);
        expect(harmless(plain, false)).toBe(plain);
        expect(HARMFUL.test(harmless(given, true).replace(/\x1b\[\d+m/g, ''))).toBe(false);
        if (!HARMFUL.test(given) && !/[\u061c\u200e\u200f\u2028\u2029]/.test(given)) expect(plain).toBe(given);
      }),
    );
  });
});

test('JSON says the same with escapes in place of control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = harmlessJson(JSON.stringify({ text }));
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ text })));
      expect(HARMFUL.test(json)).toBe(false);
    }),
  );
});
