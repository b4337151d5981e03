/** Runs as rows of a table for programs: every parameter that differs, every result and every metric. */
import type { Comparison, ComparedQuantity } from '../../../audit/runs/compare-runs.ts';
import type { RunColumn } from '../../../audit/runs/run-table.ts';
import type { CanonicalValue } from '../../../core/identity/canonical.ts';
import type { CsvCell } from '../../output/csv.ts';

/** @param columns what to write in place of parameters, results and metrics; none for all of them */
export function comparisonRows(comparison: Comparison, columns: readonly RunColumn[]): readonly (readonly CsvCell[])[] {
  const { runs } = comparison;
  const all = [
    ...ofRuns(comparison),
    ...(columns.length > 0 ? ofColumns(comparison, columns) : ofComparison(comparison)),
  ];
  return [all.map(({ title }) => title), ...runs.map((_, row) => all.map(({ cells }) => cells(row)))];
}

interface CsvColumn {
  readonly title: string;
  readonly cells: (row: number) => CsvCell;
}

function ofRuns({ runs }: Comparison): readonly CsvColumn[] {
  const column = (title: string, cell: (run: Comparison['runs'][number]) => CsvCell): CsvColumn => ({
    title,
    cells: (row) => cell(runs[row]!),
  });
  return [
    column('run', ({ id }) => id),
    column('pipeline', ({ pipeline }) => pipeline),
    column('started', ({ startedAt }) => new Date(startedAt).toISOString()),
    column('outcome', ({ outcome }) => outcome),
    column('tags', ({ tags }) => tags.join(' ')),
    column('commit', ({ commit }) => commit),
    column('seed', ({ seed }) => seed),
    column('backend', ({ backend }) => backend),
  ];
}

function ofColumns({ runs }: Comparison, columns: readonly RunColumn[]): readonly CsvColumn[] {
  return columns.map(({ name, values }) => ({ title: name, cells: (row) => cell(values[runs[row]!.id]?.value) }));
}

function ofComparison({ runs, params, results, metrics }: Comparison): readonly CsvColumn[] {
  const at = (row: number): number => runs[row]!.id;
  const numbers = ({ name, values }: ComparedQuantity): readonly CsvColumn[] => [
    { title: name, cells: (row) => values[at(row)]?.value },
    ...(Object.values(values).some(({ error }) => error !== null)
      ? [{ title: `${name}.error`, cells: (row: number) => values[at(row)]?.error }]
      : []),
  ];
  return [
    ...params.map(({ name, values }) => ({ title: name, cells: (row: number) => cell(values[at(row)]) })),
    ...results.flatMap(numbers),
    ...metrics.flatMap(numbers),
  ];
}

function cell(value: CanonicalValue | undefined): CsvCell {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
