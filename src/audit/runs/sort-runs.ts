/** Runs in the order of one of their values. */
import { UsageError } from '../../errors.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { findValue, valueMeant } from './run-value.ts';
import type { RunValuesReader } from './run-values.ts';

/**
 * @param by a name (`ams`), or a name with the order behind it (`loss:asc`, `ams:desc`); the largest is first by
 * default. Runs that lack the value, and NaN, are last.
 * @throws UsageError if no run has such a value
 */
export function sortRuns(reader: RunValuesReader, runs: readonly RunRecord[], by: string): readonly RunRecord[] {
  const [, name = '', order = 'desc'] = /^(.*?)(?::(asc|desc))?$/s.exec(by) ?? [];
  const keyed = runs.map((run) => ({ run, key: findValue(reader.of(run), name)?.value }));
  if (runs.length > 0 && keyed.every(({ key }) => key === undefined)) {
    const hint = valueMeant(
      runs.map((run) => reader.of(run)),
      name,
    );
    throw new UsageError(
      `None of the runs has a parameter, result or metric ${name}${hint}; write --sort NAME, NAME:asc or NAME:desc.`,
    );
  }
  const direction = order === 'asc' ? 1 : -1;
  return keyed
    .toSorted((a, b) => rank(a.key) - rank(b.key) || direction * compareKeys(a.key, b.key))
    .map(({ run }) => run);
}

function rank(key: unknown): number {
  if (typeof key === 'number' && !Number.isNaN(key)) return 0;
  return key === undefined || key === null || typeof key === 'number' ? 2 : 1;
}

function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [a, b].map((key) => (key === undefined ? '' : JSON.stringify(key))) as [string, string];
  return x < y ? -1 : x > y ? 1 : 0;
}
