import { describe, expect, test } from 'vitest';
import { parseMoment } from '../../../src/audit/runs/moment.ts';

const NOW = new Date(2026, 10, 28, 12).getTime();
const at = (text: string, side: 'beginning' | 'end' = 'beginning'): number => parseMoment(text, NOW, side);

describe('points in time', () => {
  test('are a local date, whose end is that of the day', () => {
    expect(at('2026-11-27')).toBe(new Date(2026, 10, 27).getTime());
    expect(at('2026-11-27', 'end')).toBe(new Date(2026, 10, 27, 23, 59, 59, 999).getTime());
  });

  test('are a date and a time, also with a zone', () => {
    expect(at('2026-11-27T14:30', 'end')).toBe(new Date(2026, 10, 27, 14, 30).getTime());
    expect(at('2026-11-27 14:30:05')).toBe(new Date(2026, 10, 27, 14, 30, 5).getTime());
    expect(at('2026-11-27T14:30Z')).toBe(Date.UTC(2026, 10, 27, 14, 30));
  });

  test('are how long ago', () => {
    expect(at('2d')).toBe(NOW - 2 * 86_400_000);
    expect(at('1.5h')).toBe(NOW - 5_400_000);
    expect([at('45min'), at('45m')]).toEqual([NOW - 2_700_000, NOW - 2_700_000]);
  });

  test.each(['', 'yesterday', '2026-02-30', '2026-13-01', '2026-11-27T25:00', '3x'])('%j is refused', (text) => {
    expect(() => at(text)).toThrow(`"${text}" is not a time; write a date`);
  });
});
