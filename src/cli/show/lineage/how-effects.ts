/** How the numbers of an effect table came about, in words: the pairs, their differences, and what was made of them. */
import type { ChosenRows, EffectChoice } from '../../../audit/effects/effect-choice.ts';
import { short } from '../../../core/identity/digest.ts';
import type { SourcedValue } from '../../../core/statistics/effect-record.ts';
import type { EffectRow, EffectTable } from '../../../core/statistics/effect-table.ts';
import type { Estimate } from '../../../core/statistics/paired-difference.ts';
import { formatNumber, plural } from '../../../ui/text/format.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';
import { gapWords } from '../studies/effect-rows.ts';
import { effectLines } from '../studies/effect-table.ts';
import { paragraphWidth } from '../words/prose.ts';
import { indent } from '../words/section.ts';

/**
 * Of tables, the tables; of a row, every pair with the states of its values, and each step from them to its numbers.
 */
export function howEffectsLines({ tables, cell }: EffectChoice, screen: Screen): readonly string[] {
  return tables.flatMap((chosen) => {
    const { table, rows } = chosen;
    const [row] = rows;
    // All of a table are told as the table, unless it has one row alone.
    if (row === undefined || (cell === undefined && rows.length > 1))
      return ['', ...effectLines({ ...table, rows }, screen)];
    return ['', ...pairLines(chosen, row, screen), '', ...wrapped(rowSentences(table, row).join(' '), screen)];
  });
}

function wrapped(text: string, screen: Screen): readonly string[] {
  return wrapText(text, paragraphWidth(screen), 0);
}

function pairLines({ inputs, table }: ChosenRows, row: EffectRow, { style, width }: Screen): readonly string[] {
  const values = new Map(inputs.values.map((value) => [`${value.branch} ${pairName(value)}`, value]));
  const sources = (branch: string, pair: string): string => sourceWords(values.get(`${branch} ${pair}`));
  const [complete, missing] = [
    row.pairs.map(({ name, base, variant, difference }) => [name, full(base), full(variant), full(difference), name]),
    row.missing.map(({ name }) => {
      const side = (branch: string): string => {
        const value = values.get(`${branch} ${name}`)?.value;
        return value == null ? '' : full(value);
      };
      return [name, side(row.base), side(row.variant), 'missing', name];
    }),
  ];
  const rows = [...complete, ...missing].map(([pair, base, variant, difference, name]) => [
    ...[pair!, base!, variant!, difference!],
    sources(row.base, name!),
    sources(row.variant, name!),
  ]);
  const columns = [
    { title: 'pair' },
    { title: row.base, least: 10 },
    { title: row.variant, least: 10 },
    { title: 'difference' },
    { title: `${row.base} is of`, least: 14 },
    { title: `${row.variant} is of`, least: 14 },
  ];
  const [head, ...lines] = tableLines(columns, rows, width - 2);
  return [
    style.bold(`Pairs of ${inputs.metric.of}, ${table.metric.better} is better`),
    style.dim(indent(head!)),
    ...lines.map(indent),
  ];
}

function pairName({ seed, fold }: SourcedValue): string {
  return fold === null ? `seed=${seed}` : `seed=${seed}, fold=${fold}`;
}

/** `score 3fa9c1d2`, or `fit@fold=0 3fa9c1d2 and 4 more` */
function sourceWords(value: SourcedValue | undefined): string {
  const [first, ...others] = value?.sources ?? [];
  if (first === undefined) return value?.why ?? '';
  return `${first.node} ${short(first.state)}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

function rowSentences(table: EffectTable, row: EffectRow): readonly string[] {
  const { n, difference, estimate, wins, losses, ties, variant, base } = row;
  const { design } = table.footer;
  if (difference === null) return gapWords(row);
  return [
    n === 1
      ? `The difference of the only pair is ${full(difference)}.`
      : `The difference is the mean of the ${n} differences ${variant} - ${base}: ${full(difference)}.`,
    `${variant} is better in ${wins} of ${plural(n, 'pair')}, worse in ${losses}${ties === 0 ? '' : `, the same in ${ties}`}.`,
    ...(estimate.kind === 'none'
      ? []
      : [...estimateSentences(table, row, estimate), ...holmSentences(table, row, estimate.p)]),
    ...equivalenceSentences(table, row),
    `${estimate.kind === 'none' ? 'An interval would cover' : 'The interval covers'} ${design.meaning}.`,
    ...gapWords(row),
  ];
}

function estimateSentences({ footer, metric }: EffectTable, row: EffectRow, estimate: Estimate): readonly string[] {
  const { sd, se, df, t, low, high, p } = estimate;
  const percent = formatNumber(100 * footer.level);
  const method = `Design: ${footer.design.name}.`;
  if (sd === null || df === null || t === null)
    return [
      method,
      `The value of an event is its mean over the ${plural(row.n, 'seed')}. The standard error ${full(se)}, the interval from ${full(low)} to ${full(high)} and the two-sided p ${full(p)} are by ${footer.design.correction}, over ${row.events!} events.`,
    ];
  return [
    `Their standard deviation is s = ${full(sd)}.`,
    method,
    `The standard error is ${footer.design.correction}, with J = ${row.n}${metric.design.kind === 'cross-validation' ? ` and K = ${metric.design.folds}` : ''}: ${full(se)}.`,
    `Student's t is the difference divided by it: ${full(t)}, with ${plural(df, 'degree')} of freedom; the two-sided p is ${full(p)}.`,
    `The ${percent} % interval reaches ${full((high - low) / 2)} to each side, from ${full(low)} to ${full(high)}.`,
  ];
}

/** Where p is among those of the table's rows, the smallest first, decides what Holm multiplies it by. */
function holmSentences({ rows }: EffectTable, { holmP }: EffectRow, p: number): readonly string[] {
  const all = rows.flatMap(({ estimate }) => (estimate.kind === 'interval' ? [estimate.p] : []));
  if (holmP === null || all.length < 2) return [];
  const smaller = all.filter((each) => each < p).length;
  const factor = all.length - smaller;
  const isRaised = holmP > Math.min(1, factor * p) * (1 + 1e-12);
  const raised = isRaised ? ', and not less than that of a smaller p' : '';
  return [
    `Holm corrects p for ${all.length} variants: it is number ${smaller + 1} from the smallest, so it counts ${factor} times${raised}: ${full(holmP)}.`,
  ];
}

function equivalenceSentences({ metric }: EffectTable, { equivalence }: EffectRow): readonly string[] {
  if (equivalence === null || metric.rope === undefined) return [];
  const { worse, same, better } = equivalence;
  return [
    `With differences up to ${formatNumber(metric.rope)} counted as none, the chances of worse, the same and better are ${[worse, same, better].map((share) => share.toFixed(4)).join(', ')}.`,
  ];
}

function full(value: number): string {
  return String(Number(value.toPrecision(8)));
}
