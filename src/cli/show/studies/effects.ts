/** Effect tables of an experiment, or rows of them: what `show` says about them, and what they are in one sentence. */
import type { EffectChoice } from '../../../audit/effects/effect-choice.ts';
import type { CellName } from '../../../core/statistics/effect-cell.ts';
import { short } from '../../../core/identity/digest.ts';
import { plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { effectLines } from './effect-table.ts';
import { listWords } from '../words/prose.ts';

/** For programs: the rows that are meant, and the values with the states that they are of. */
export function effectsFacts({ study, run, cell, tables }: EffectChoice) {
  return {
    study,
    run,
    cell: cell ?? null,
    tables: tables.map(({ record, table: { metric, base, isPath, footer }, rows, inputs }) => {
      const branches = new Set(rows.flatMap((row) => [row.variant, row.base]));
      const values = inputs.values.filter(({ branch }) => branches.has(branch));
      return { digest: record.key, metric, of: inputs.metric.of, base, isPath, rows, footer, values };
    }),
  };
}

export function effectsLines({ study, run, tables }: EffectChoice, screen: Screen): readonly string[] {
  return tables.flatMap(({ record, table, rows }, index) => [
    ...(index === 0 ? [] : ['']),
    `effect table ${record.key}`,
    `  ${table.isPath ? 'steps of' : 'effects on'} ${table.metric.name} in experiment ${study}, run ${run}`,
    '',
    ...effectLines({ ...table, rows }, screen),
  ]);
}

/** `-5.47 is the difference of plain to base in digits: ...`, without a full stop. */
export function effectWords(
  { study, run, tables, cell }: EffectChoice,
  asked: string,
  file: string | undefined,
): string {
  const where = `experiment ${study} (run ${run})`;
  const digests = listWords(tables.map(({ record }) => short(record.key)));
  const [first] = tables;
  const row = first!.rows[0];
  const metric = first!.table.metric.name;
  if (cell !== undefined)
    return `${asked} is ${CELL_WORDS[cell](row!.variant, row!.base)}, in ${metric} of ${where}, effect table ${digests}`;
  if (file !== undefined)
    return `${file} has the ${tables.length === 1 ? 'effect table' : 'effect tables'} of ${where}: ${digests}`;
  if (tables.every(({ rows }) => rows.length === 1))
    return `${asked} is ${row!.variant} compared with ${row!.base} in ${listWords([...new Set(tables.map(({ table }) => table.metric.name))])} of ${where}, effect ${tables.length === 1 ? 'table' : 'tables'} ${digests}`;
  const rows = tables.reduce((sum, { table }) => sum + table.rows.length, 0);
  return `${asked} is ${plural(tables.length, 'effect table')} of ${where} with ${plural(rows, 'row')}: ${digests}`;
}

const CELL_WORDS: Readonly<Record<CellName, (variant: string, base: string) => string>> = {
  base: (variant, base) => `the mean of ${base} over its pairs with ${variant}`,
  mean: (variant, base) => `the mean of ${variant} over its pairs with ${base}`,
  difference: (variant, base) => `the difference of ${variant} to ${base}`,
  low: (variant, base) => `the lower end of the interval for the difference of ${variant} to ${base}`,
  high: (variant, base) => `the upper end of the interval for the difference of ${variant} to ${base}`,
  p: (variant, base) => `the p-value of the difference of ${variant} to ${base}, not corrected for the other variants`,
  holm: (variant, base) =>
    `the p-value of the difference of ${variant} to ${base}, corrected for the number of variants`,
  pairs: (variant, base) => `the number of pairs of ${variant} and ${base}`,
  wins: (variant, base) => `the number of pairs in which ${variant} is better than ${base}`,
  sd: (variant, base) => `the standard deviation of the differences of ${variant} to ${base}`,
  se: (variant, base) => `the standard error of the difference of ${variant} to ${base}`,
  df: (variant, base) => `the degrees of freedom of the difference of ${variant} to ${base}`,
  t: (variant, base) => `Student's t of the difference of ${variant} to ${base}`,
  worse: (variant, base) => `the chance that ${variant} is worse than ${base}`,
  same: (variant, base) => `the chance that ${variant} and ${base} are practically the same`,
  better: (variant, base) => `the chance that ${variant} is better than ${base}`,
};
