/** How numbers, times and sizes are written for people: the same everywhere, whatever the locale. */
import { cellWidth, fit } from './cells.ts';

/** `0.04 s`, `12.3 s`, `3 min 12 s`, `2 h 5 min` */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.001) return '0 s';
  if (seconds < 1) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `812 B`, `1.4 KiB`, `30.0 MiB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]!}`;
}

/** Six significant digits at most. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/** `3.71 ± 0.10`: the error to two significant digits, the value to as many decimals. */
export function formatMeasurement(value: number, error: number): string {
  if (!(error > 0) || !Number.isFinite(error)) return `${formatNumber(value)} ± ${formatNumber(error)}`;
  // toExponential rounds first: 0.0996 becomes 1.0e-1, and is written as 0.10.
  const exponent = Number(error.toExponential(1).split('e')[1]);
  const decimals = Math.max(0, 1 - exponent);
  if (decimals > 12) return `${value.toExponential(3)} ± ${error.toExponential(1)}`;
  return `${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`;
}

/** Local time, to the second: `2026-11-21 04:15:28`. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `run 30`; `another run` where its number is unknown. */
export function runWord(run: number | null): string {
  return run === null ? 'another run' : `run ${run}`;
}

/** `1 node`, `2 nodes` */
export function plural(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}

/** `0:34`, `12:05`, `3:07:12` */
export function clock(seconds: number): string {
  if (seconds < 3600) return minutesAndSeconds(seconds);
  return `${Math.floor(seconds / 3600)}:${minutesAndSeconds(seconds % 3600).padStart(5, '0')}`;
}

/** At most five characters: `0:34`, `99:59`, `3 h`. */
export function shortClock(seconds: number): string {
  return seconds < 6000 ? minutesAndSeconds(seconds) : `${Math.round(seconds / 3600)} h`;
}

function minutesAndSeconds(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, '0')}`;
}

/** About six characters: `0.4213`, `1.2e-3`, `12.50`, `299848`, `NaN`, `-∞`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size === Infinity) return value < 0 ? '-∞' : '∞';
  if (size >= 999_999.5 || size < 1e-2) return value.toExponential(1);
  return value.toFixed(size < 10 ? 4 : size < 100 ? 2 : size < 1000 ? 1 : 0);
}

const NUMERIC = /^(-?[\d.]+(e[+-]?\d+)?( ± [\d.]+(e[+-]?\d+)?)?)?$/;

/** Lines of a table. Columns in which every cell is a number or empty are aligned to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, cellWidth(row[column]!)), cellWidth(title)),
  );
  const right = head.map((_, column) => rows.length > 0 && rows.every((row) => NUMERIC.test(row[column]!)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => fit(cell, widths[column]!, right[column]! ? 'right' : 'left'))
      .join('  ')
      .trimEnd(),
  );
}

/** A word quoted for a POSIX shell, where it needs quotes: for commands to paste. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
