/** Points in time as people write them: a date, a date and a time, or how long ago. */
import { UsageError } from '../../errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * `2026-11-28`, `2026-11-28T14:30`, `2d`, `3h`, `45min`: local time, unless the text has a zone.
 * @param now milliseconds since 1970
 * @param side which end of a day is meant, where only a date is given
 * @returns milliseconds since 1970
 * @throws UsageError
 */
export function parseMoment(text: string, now: number, side: 'beginning' | 'end'): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)$/.exec(text.trim()) ?? [];
  if (count !== undefined) return now - Number(count) * UNITS[unit!]!;
  const [, date, time] = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}.*))?$/.exec(text.trim()) ?? [];
  // A date alone would be read as UTC.
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? '00:00'}`);
  if (Number.isNaN(at) || new Date(`${date}T00:00Z`).toISOString().slice(0, 10) !== date)
    throw new UsageError(
      `"${text}" is not a time; write a date (2026-11-28), a date and a time (2026-11-28T14:30), or how long ago (2d, 3h, 45min).`,
    );
  return time === undefined && side === 'end' ? at + UNITS['d']! - 1 : at;
}
