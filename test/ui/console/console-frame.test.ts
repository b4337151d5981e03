import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawConsole } from '../../../src/ui/console/console-frame.ts';
import { styledLine, withoutStart } from '../../../src/ui/text/styled-line.ts';
import { lineWidth } from '../../../src/ui/text/view-line.ts';
import { letters, pageOf, pressed, runsPage, showing } from './pages.ts';

const SIZE = { columns: 80, rows: 24 };
const text = (lines: ReturnType<typeof drawConsole>) =>
  lines.map((line) => line.map((part) => part.text).join('')).join('\n');

describe('a frame of the console', () => {
  test('is headed by the command, and says at its foot which keys ask what', () => {
    const lines = text(drawConsole(showing(runsPage(50)), null, SIZE)).split('\n');
    expect(lines).toHaveLength(23);
    expect(lines[0]).toMatch(/^restage log {3,}1-19 of 51$/);
    expect(lines[3]).toBe('> 50  ok');
    expect(lines.at(-1)).toBe('run:50  l log  m metrics  w why  h how  u uses  c cost  ? help');
  });

  test('shows marks, the filter while it is typed, and what is being read', () => {
    const marked = pressed(showing(runsPage(50)), letters(' /5'));
    const shown = text(drawConsole(marked, null, SIZE));
    expect(shown).toContain('>*50  ok');
    expect(shown).toMatch(/\/5█$/);
    expect(text(drawConsole(showing(runsPage(50)), 'restage how run:3', SIZE))).toMatch(
      /reading: restage how run:3 \.\.\.$/,
    );
  });

  test('fits every terminal, whatever is in it', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('日本語', '\u001b[31mred', '\u001b[2J', '\u001b]0;title\u0007', '\t', '👩‍👩‍👧'),
    );
    const pages = fc.array(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      { maxLength: 40 },
    );
    const size = fc.record({ columns: fc.integer({ min: 1, max: 100 }), rows: fc.integer({ min: 2, max: 40 }) });
    fc.assert(
      fc.property(pages, size, fc.integer({ min: 0, max: 30 }), (lines, terminal, left) => {
        const browser = showing(pageOf({ lines, typed: lines[0] ?? '' }));
        const moved = { ...browser, visits: browser.visits.map((visit) => ({ ...visit, left })) };
        const frame = drawConsole(moved, null, terminal);
        expect(frame.length).toBeLessThanOrEqual(Math.max(3, terminal.rows - 1));
        for (const line of frame) {
          expect(lineWidth(line)).toBeLessThan(terminal.columns);
          for (const part of line) expect(part.text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a line of a verb in the view', () => {
  test('keeps the colours of restage as tones, and loses every other escape sequence', () => {
    expect(styledLine('\u001b[1mrun\u001b[22m \u001b[31mfailed\u001b[39m\u001b[2J')).toEqual([
      { text: 'run', tone: 'strong' },
      { text: ' ', tone: 'plain' },
      { text: 'failed', tone: 'bad' },
    ]);
  });

  test('without its start has a blank for half of a wide character', () => {
    expect(withoutStart(styledLine('日本語'), 3)).toEqual([{ text: ' 語', tone: 'plain' }]);
    expect(withoutStart(styledLine('a\u001b[31mb\u001b[39mc'), 2)).toEqual([{ text: 'c', tone: 'plain' }]);
  });
});
