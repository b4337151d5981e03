/** An effect table on the terminal, and as CSV, Markdown and LaTeX. */
import type { EffectRow, EffectTable } from '../../../core/statistics/effect-table.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { CsvCell } from '../../output/csv.ts';
import type { Screen } from '../../output/screen.ts';
import { type Cell, type Column, tableLines } from '../../output/table.ts';
import { EFFECT_COLUMNS, effectCells, EQUIVALENCE_COLUMN, footerWords } from './effect-rows.ts';
import { isToldByName } from './told-by-name.ts';

const WIDEST_TEXT = 110;

/** What a narrow terminal does without, first what has the least rank: missing pairs are named below the table too. */
const FIT: Readonly<Record<string, Pick<Column, 'least' | 'rank'>>> = {
  variant: { least: 24 },
  step: { least: 24 },
  base: { rank: 0 },
  before: { rank: 0 },
  changes: { least: 12, rank: 1 },
  mean: { rank: 2 },
  wins: { rank: 3 },
  pairs: { rank: 4 },
};

export function effectLines(table: EffectTable, { style, width }: Screen): readonly string[] {
  const areTold = table.rows.every(({ variant, changes }) => isToldByName(variant, changes.split(', ')));
  const fit = {
    ...FIT,
    // The chances take the room that would keep names whole.
    ...(table.metric.rope === undefined ? {} : { variant: { least: 16 }, step: { least: 16 } }),
  };
  const shown = <T>(cells: readonly T[]): readonly T[] =>
    cells.filter((_, column) => !areTold || EFFECT_COLUMNS[column] !== 'changes');
  const columns = shown(titles(table)).map((title) => ({ title, ...(fit as typeof FIT)[title] }));
  const rows = table.rows.map((row) =>
    shown(
      effectCells(row, table).map((text, column): Cell =>
        EFFECT_COLUMNS[column] === 'difference' ? [text, paintOf(row, table)] : text,
      ),
    ),
  );
  return [
    ...tableLines(columns, rows, width),
    '',
    ...footerWords(table)
      .flatMap((text) => wrapText(text, Math.min(width, WIDEST_TEXT), 2))
      .map(style.dim),
  ];

  function paintOf(row: EffectRow, { metric }: EffectTable) {
    if (row.estimate.kind === 'none' || (row.estimate.low <= 0 && row.estimate.high >= 0))
      return (text: string) => text;
    return row.estimate.low > 0 === (metric.better === 'higher') ? style.green : style.red;
  }
}

function titles({ metric, footer, isPath }: EffectTable): readonly string[] {
  const interval = `${Math.round(100 * footer.level)} % interval`;
  const given: Readonly<Record<string, string>> = { interval, ...(isPath ? { variant: 'step', base: 'before' } : {}) };
  const all = EFFECT_COLUMNS.map((title) => given[title] ?? title);
  return metric.rope === undefined ? all : [...all, EQUIVALENCE_COLUMN];
}

/** Numbers in full, one line a variant. */
export function effectCsv({ metric, rows }: EffectTable): readonly (readonly CsvCell[])[] {
  return rows.map((row) => {
    const { estimate, equivalence, cost } = row;
    const [se, df, low, high, p] =
      estimate.kind === 'none' ? [] : [estimate.se, estimate.df, estimate.low, estimate.high, estimate.p];
    const shares = [equivalence?.worse, equivalence?.same, equivalence?.better];
    return [
      metric.name,
      ...[row.variant, row.base, row.changes, row.n, row.missing.length, row.baseMean, row.variantMean, row.difference],
      ...[se, df, low, high, p, row.holmP, row.wins, row.losses, row.ties, ...shares],
      ...[cost?.marginal, cost?.fair, cost?.saved],
    ];
  });
}

export const EFFECT_CSV_COLUMNS = [
  ...['metric', 'variant', 'comparedWith', 'changes', 'pairs', 'missing', 'baseMean', 'variantMean', 'difference'],
  ...['standardError', 'df', 'low', 'high', 'p', 'holmP', 'wins', 'losses', 'ties', 'worse', 'same', 'better'],
  ...['marginalSeconds', 'fairSeconds', 'savedSeconds'],
];

export function effectMarkdown(table: EffectTable): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  const head = titles(table);
  return [
    line(head),
    line(head.map((title) => (['variant', 'step', 'changes'].includes(title) ? '---' : '---:'))),
    ...table.rows.map((row) => line(effectCells(row, table))),
    '',
    ...footerWords(table).map((text) => `${markdownText(text)}  `),
  ];
}

/** The signs that Markdown reads as something else; of a cell, also what would end it. */
function markdownText(text: string): string {
  return text.replaceAll(/[\\|`*<]/g, '\\$&').replaceAll(/\s+/g, ' ');
}

/** With the package booktabs. */
export function effectLatex(table: EffectTable): readonly string[] {
  const head = titles(table);
  const line = (cells: readonly string[]): string => `${cells.map(latexText).join(' & ')} \\\\`;
  return [
    '\\begin{table}',
    '\\centering',
    `\\begin{tabular}{ll${'r'.repeat(head.length - 2)}}`,
    '\\toprule',
    line(head),
    '\\midrule',
    ...table.rows.map((row) => line(effectCells(row, table))),
    '\\bottomrule',
    '\\end{tabular}',
    `\\caption{${footerWords(table).map(latexText).join(' ')}}`,
    '\\end{table}',
  ];
}

/** The signs that LaTeX reads as something else. A minus is longer than a hyphen. */
const IN_LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '$<$',
  '>': '$>$',
  '-': '$-$',
};

function latexText(text: string): string {
  return text.replaceAll(/[\\~^<>#$%&_{}]|(?<!\w)-(?=[\d.])/g, (sign) => IN_LATEX[sign] ?? `\\${sign}`);
}
