/** Two runs side by side: a row a parameter, result or metric, with the difference. */
import { type ComparedQuantity, type Comparison, isSame } from '../../../audit/runs/compare-runs.ts';
import { formatTime, plural } from '../../../ui/text/format.ts';
import { durationOf, outcomeWord } from '../../output/run-words.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';
import { conditionLines } from './compare-conditions.ts';
import { headingLines, noteLines, sameParamsLine } from './compare-notes.ts';
import { indent } from '../words/section.ts';
import { differenceWords, numberWord, paramWord } from '../words/value-words.ts';

/** @param all whether metrics that are the same are shown too */
export function twoRunsLines(comparison: Comparison, all: boolean, screen: Screen): readonly string[] {
  const { runs, params, results, metrics } = comparison;
  const shown = all ? metrics : metrics.filter((metric) => !isSame(runs, metric));
  const same = metrics.length - shown.length;
  const paramRows = params.map(({ name, values }) => [name, ...runs.map(({ id }) => paramWord(values[id])), '', '']);
  const numberRows = (quantities: readonly ComparedQuantity[]) => quantities.map((each) => numberRow(comparison, each));
  const blocks = [
    { title: 'parameters', rows: paramRows },
    { title: 'results', rows: numberRows(results) },
    { title: 'metrics', rows: numberRows(shown) },
  ].filter(({ rows }) => rows.length > 0);
  const nameWidth = Math.max(0, ...blocks.flatMap(({ rows }) => rows.map(([name]) => name!.length)));
  return [
    ...headingLines(comparison),
    ...runs.map((run) =>
      [
        `  run ${run.id}`,
        formatTime(run.startedAt),
        `${outcomeWord(run, screen.style)}${run.endedAt === null ? '' : ` in ${durationOf(run)}`}`,
        ...run.tags.map((tag) => `[${tag}]`),
      ].join('  '),
    ),
    ...sameParamsLine(comparison).flatMap((line) => ['', line]),
    ...blocks.flatMap(({ title, rows }) => ['', ...blockLines(comparison, title, rows, nameWidth, screen)]),
    ...(same === 0 ? [] : ['', `${plural(same, 'metric')} ${same === 1 ? 'is' : 'are'} the same; --all shows them.`]),
    '',
    ...conditionLines(comparison, screen),
    ...noteLines(comparison),
  ];
}

function numberRow({ runs }: Comparison, { name, values }: ComparedQuantity): readonly string[] {
  const counts = [...new Set(runs.flatMap(({ id }) => values[id]?.count ?? []))];
  const mean = counts.every((count) => count === 1) ? '' : ` (mean of ${counts.join(' and ')})`;
  const last = values[runs.at(-1)!.id];
  return [
    `${name}${mean}`,
    ...runs.map(({ id }) => numberWord(values[id])),
    ...(last === undefined ? ['', ''] : differenceWords(last)),
  ];
}

function blockLines(
  { runs }: Comparison,
  title: string,
  rows: readonly (readonly string[])[],
  nameWidth: number,
  { style, width }: Screen,
): readonly string[] {
  const columns = [
    { title: title.padEnd(nameWidth), least: 12 },
    ...runs.map(({ id }) => ({ title: `run ${id}`, least: 14 })),
    { title: title === 'parameters' ? '' : 'difference', rank: 1, sparse: true },
    { title: '', rank: 0, sparse: true },
  ];
  const [head = '', ...lines] = tableLines(columns, rows, width - 2);
  // A heading that was made as wide as the widest name is not cut: it only takes less room.
  return [style.bold(head.replace(/ +…/, (cut) => ' '.repeat(cut.length))), ...lines.map(indent)];
}
