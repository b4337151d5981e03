/** What of the effect tables of a study is meant: all of them, some rows, or one number. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { effectReference } from '../../core/reference/effect-reference.ts';
import { type CellName, CELLS, cellOf, isCellName } from '../../core/statistics/effect-cell.ts';
import type { EffectRow } from '../../core/statistics/effect-table.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { FoundEffects } from '../../store/reference/found.ts';
import { recordedEffects, type RecordedEffects } from './recorded-table.ts';

/** Rows of a table that are meant. */
export interface ChosenRows extends RecordedEffects {
  readonly rows: readonly EffectRow[];
}

export interface EffectChoice {
  readonly study: string;
  /** The run of the study. */
  readonly run: number;
  /** At least one. */
  readonly tables: readonly ChosenRows[];
  /** The number in the only row; undefined where rows or tables are meant. */
  readonly cell: CellName | undefined;
}

/** @throws UsageError if the tables have no such row or number, or several */
export function chooseEffects(cache: Cache, asked: string, { tables, reference }: FoundEffects): EffectChoice {
  const all = tables.map((record) => recordedEffects(cache, record));
  const { study, run } = tables[0]!;
  const choice = (chosen: readonly ChosenRows[], cell?: CellName): EffectChoice => ({
    study,
    run,
    tables: chosen,
    cell,
  });
  if (reference?.branch === undefined) return choice(all.map((each) => ({ ...each, rows: each.table.rows })));
  const { branch, than, rest } = reference;
  const withRow = all.flatMap((each): ChosenRows[] => {
    const rows = each.table.rows.filter((row) => row.variant === branch && (than ?? row.base) === row.base);
    // Without another branch, the comparison with the base is meant, unless there is none.
    return rows.length === 0 || (than === undefined && each.table.isPath && hasMain(all, branch))
      ? []
      : [{ ...each, rows }];
  });
  if (withRow.length === 0) throw noRow(all, asked, branch, than);
  if (rest === '') return choice(withRow);
  const metrics = [...new Set(withRow.map(({ table }) => table.metric.name))];
  const slash = rest.lastIndexOf('/');
  const [metric, cell] = metrics.includes(rest)
    ? [rest, undefined]
    : slash < 0
      ? [undefined, rest]
      : [rest.slice(0, slash), rest.slice(slash + 1)];
  const ofMetric = withRow.filter(({ table }) => metric === undefined || table.metric.name === metric);
  if (ofMetric.length === 0) {
    const known = didYouMean(metric ?? rest, metrics);
    throw new UsageError(
      `${study} has no metric ${metric ?? rest} of ${branch}${known}; it has ${metrics.join(', ')}.`,
    );
  }
  if (cell === undefined) return choice(ofMetric);
  if (!isCellName(cell))
    throw new UsageError(
      `A row of an effect table has no ${cell}${didYouMean(cell, [...CELLS, ...metrics])}; it has ${CELLS.join(', ')}, and metrics are ${metrics.join(', ')}.`,
    );
  if (ofMetric.length > 1) {
    const names = ofMetric.map((each) => rowReference(study, each, each.rows[0]!, cell));
    throw new UsageError(`${asked} may be ${ofMetric.length} numbers; name one of them: ${names.join(', ')}.`);
  }
  if (cellOf(ofMetric[0]!.rows[0]!, cell) === null)
    throw new UsageError(
      `The row of ${branch} has no ${cell}: "restage how ${asked.slice(0, -cell.length - 1)}" says why.`,
    );
  return choice(ofMetric, cell);
}

export function rowReference(
  study: string,
  { table }: Pick<RecordedEffects, 'table'>,
  { variant, base }: Pick<EffectRow, 'variant' | 'base'>,
  cell?: CellName,
): string {
  return effectReference({ study, variant, metric: table.metric.name, than: table.isPath ? base : undefined, cell });
}

function hasMain(all: readonly RecordedEffects[], branch: string): boolean {
  return all.some(({ table }) => !table.isPath && table.rows.some(({ variant }) => variant === branch));
}

function noRow(all: readonly RecordedEffects[], asked: string, branch: string, than: string | undefined): UsageError {
  const rows = all.flatMap(({ table }) => table.rows);
  const names = [...new Set(rows.map(({ variant }) => variant))];
  if (than !== undefined && names.includes(branch)) {
    const others = [...new Set(rows.filter(({ variant }) => variant === branch).map(({ base }) => base))];
    return new UsageError(`${asked}: ${branch} is not compared with ${than}, but with ${others.join(' and ')}.`);
  }
  if (all.some(({ table }) => table.base === branch))
    return new UsageError(`${branch} is what the others are compared with; name one of them: ${names.join(', ')}.`);
  return new UsageError(
    `${asked}: there is no row of ${branch}${didYouMean(branch, names)}; there is ${names.join(', ')}.`,
  );
}
