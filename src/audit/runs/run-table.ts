/** Runs as rows: the columns that tell them apart, or those that a person asked for. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { UsageError } from '../../errors.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { type Comparison, isSame } from './compare-runs.ts';
import { type ByRun, byRun } from './conditions.ts';
import { findValue, type RunValue, valueMeant, type ValueKind } from './run-value.ts';
import type { RunValuesReader } from './run-values.ts';
import { shortNames } from './short-names.ts';

export interface RunColumn {
  /** What it was asked for by, or its complete name. */
  readonly name: string;
  /** Its heading: as it was asked for, or short. */
  readonly title: string;
  readonly values: ByRun<Pick<RunValue, 'value' | 'error'> & { readonly kind: ValueKind; readonly name: string }>;
}

/**
 * A column for each name, which is looked for in each run.
 * @throws UsageError if no run has such a value, or a run has several
 */
export function columnsNamed(
  reader: RunValuesReader,
  runs: readonly RunRecord[],
  names: readonly string[],
): readonly RunColumn[] {
  return names.map((name) => {
    const values = byRun(runs, (run) => findValue(reader.of(run), name));
    if (runs.length > 0 && Object.keys(values).length === 0) {
      const hint = valueMeant(
        runs.map((run) => reader.of(run)),
        name,
      );
      throw new UsageError(
        `None of the runs has a parameter, result or metric ${name}${hint}; "restage show run:${runs[0]!.id}" lists those of one.`,
      );
    }
    return { name, title: name, values };
  });
}

/** The parameters and results that differ; metrics where no result does. */
export function columnsThatDiffer({ runs, params, results, metrics }: Comparison): readonly RunColumn[] {
  const told = results.filter((each) => !isSame(runs, each));
  const numbers = told.length > 0 ? told : metrics.filter((each) => !isSame(runs, each));
  const kind = told.length > 0 ? 'result' : 'metric';
  const titles = titlesOf([...params, ...numbers].map(({ name }) => name));
  const column = (
    name: string,
    of: ValueKind,
    valueOf: (run: number) => { value: CanonicalValue; error: number | null } | undefined,
  ): RunColumn => ({
    name,
    title: titles.get(name)!,
    values: byRun(runs, ({ id }) => {
      const found = valueOf(id);
      return found === undefined ? undefined : { kind: of, name, value: found.value, error: found.error };
    }),
  });
  return [
    ...params.map(({ name, values }) =>
      column(name, 'param', (run) => (run in values ? { value: values[run]!, error: null } : undefined)),
    ),
    ...numbers.map(({ name, values }) => column(name, kind, (run) => values[run])),
  ];
}

function titlesOf(names: readonly string[]): ReadonlyMap<string, string> {
  const titles = shortNames(names);
  return new Map(names.map((name, index) => [name, titles[index]!]));
}
