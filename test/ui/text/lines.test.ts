import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lines } from '../../../src/ui/text/lines.ts';

test('lines are whole, wherever their bytes were cut', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' ')),
        { minLength: 1 },
      ),
      fc.integer({ min: 1, max: 7 }),
      (lines, step) => {
        const told: string[] = [];
        const collected = new Lines((more) => told.push(...more));
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        for (let at = 0; at < bytes.length; at += step) collected.add(bytes.subarray(at, at + step));
        collected.end();
        expect(told).toEqual(lines);
      },
    ),
  );
});

test('a last line without an end is one, too', () => {
  const told: string[] = [];
  const lines = new Lines((more) => told.push(...more));
  lines.add('one\ntw');
  lines.add('o');
  lines.end();
  expect(told).toEqual(['one', 'two']);
});
