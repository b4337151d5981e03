/** Many runs: a row a run, a column each for what tells them apart. */
import type { Comparison } from '../../../audit/runs/compare-runs.ts';
import type { RunColumn } from '../../../audit/runs/run-table.ts';
import { cellWidth } from '../../../ui/text/cells.ts';
import { plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { type Cell, type Column, tableLines } from '../../output/table.ts';
import { conditionLines } from './compare-conditions.ts';
import { headingLines, noteLines, sameParamsLine } from './compare-notes.ts';
import { MISSING, runValueWord, signed } from '../words/value-words.ts';

/** @param sortedBy the column that the runs are sorted by: its differences to the first run are shown */
export function manyRunsLines(
  comparison: Comparison,
  columns: readonly RunColumn[],
  sortedBy: RunColumn | undefined,
  screen: Screen,
): readonly string[] {
  const { runs } = comparison;
  const own: readonly ShownColumn[] = [
    { title: 'run', cells: runs.map(({ id }) => String(id)) },
    { title: 'tags', cells: runs.map(({ tags }) => tags.join(' ')), least: 8, sparse: true },
    { title: 'outcome', cells: runs.map(({ outcome }) => (outcome === 'ok' ? '' : outcome)), sparse: true },
  ];
  const asked = columns.flatMap((column): readonly ShownColumn[] => [
    { title: column.title, cells: runs.map(({ id }) => cellOf(column.values[id])) },
    ...(column === sortedBy ? [{ title: 'difference', cells: differences(comparison, column) }] : []),
  ]);
  const shown = fitting([...own, ...asked], screen.width);
  const left = asked.filter((column) => !shown.includes(column)).map(({ title }) => title);
  return [
    ...headingLines(comparison),
    ...sameParamsLine(comparison),
    '',
    ...tableLines(
      shown,
      runs.map((_, row) => shown.map(({ cells }) => cells[row]!)),
      screen.width,
    ),
    ...(left.length === 0
      ? []
      : [
          '',
          `${plural(left.length, 'column')} did not fit: ${left.join(', ')}; choose with --columns, or take --csv.`,
        ]),
    '',
    ...conditionLines(comparison, screen),
    ...noteLines(comparison),
  ];
}

interface ShownColumn extends Column {
  readonly cells: readonly Cell[];
}

function cellOf(value: RunColumn['values'][number] | undefined): string {
  return value === undefined ? MISSING : runValueWord(value);
}

function differences({ runs }: Comparison, { values }: RunColumn): readonly string[] {
  const first = values[runs[0]!.id]?.value;
  return runs.map(({ id }, index) => {
    const value = values[id]?.value;
    return index === 0 || typeof value !== 'number' || typeof first !== 'number' ? '' : signed(value - first);
  });
}

/** As many columns from the left as the width has room for. */
function fitting(columns: readonly ShownColumn[], width: number): readonly ShownColumn[] {
  const used = columns.filter(({ sparse, cells }) => sparse !== true || cells.some((cell) => cell !== ''));
  let room = width + GAP;
  return used.filter(({ title, cells, least }, index) => {
    const widest = cells.reduce((most, cell) => Math.max(most, cellWidth(textOf(cell))), cellWidth(title));
    const needed = (least === undefined ? widest : Math.min(widest, Math.max(least, cellWidth(title)))) + GAP;
    if (needed > room && index > 0) return false;
    room -= needed;
    return true;
  });
}

const GAP = 2;

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell[0];
}
