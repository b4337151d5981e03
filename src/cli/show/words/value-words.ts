/** Values of runs in words: parameters, numbers with their errors, differences, and which runs have what. */
import type { CanonicalValue } from '../../../core/identity/canonical.ts';
import { formatMeasurement, formatNumber } from '../../../ui/text/format.ts';
import { valueWord } from '../../../ui/text/value-words.ts';

/** Stands for what a run does not have. */
export const MISSING = '–';

export interface NumberWithError {
  readonly value: number;
  readonly error: number | null;
}

export function numberWord(number: NumberWithError | undefined): string {
  if (number === undefined) return MISSING;
  return number.error === null ? formatNumber(number.value) : formatMeasurement(number.value, number.error);
}

/** As `-S` takes it, except for the quotes. */
export function paramWord(value: CanonicalValue | undefined): string {
  return value === undefined ? MISSING : (valueWord(value) ?? JSON.stringify(value));
}

/** `+0.09` and `+2.6 %`: how far a number is from that of the first run; empty where there is nothing to say. */
export function differenceWords(number: { value: number; difference: number | null }): readonly [string, string] {
  const { value, difference } = number;
  if (difference === null || !Number.isFinite(difference)) return ['', ''];
  if (difference === 0) return ['same', ''];
  const part = difference / Math.abs(value - difference);
  return [signed(difference), Number.isFinite(part) ? `${signed(100 * part)} %` : ''];
}

/** Three significant digits. */
export function signed(value: number): string {
  const digits = String(Number(value.toPrecision(3)));
  return value > 0 ? `+${digits}` : digits;
}

/** `3-5, 7`: numbers of runs, in the order of their size. */
export function runNumbers(runs: readonly number[]): string {
  const sorted = [...new Set(runs)].sort((a, b) => a - b);
  const ranges: [first: number, last: number][] = [];
  for (const run of sorted) {
    const range = ranges.at(-1);
    if (range !== undefined && run === range[1] + 1) range[1] = run;
    else ranges.push([run, run]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}

/** `run 3`, `runs 3-5, 7` */
export function runsWord(runs: readonly number[]): string {
  return `run${new Set(runs).size === 1 ? '' : 's'} ${runNumbers(runs)}`;
}

/** A parameter, a result or a metric. */
export function runValueWord({ value, error }: { value: CanonicalValue; error: number | null }): string {
  return typeof value === 'number' ? numberWord({ value, error }) : paramWord(value);
}
