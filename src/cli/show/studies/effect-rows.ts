/** An effect table as words, for every notation: what the columns are called, and the cells of a row. */
import { decimalsOf } from '../../../core/statistics/effect-cell.ts';
import type { EffectRow, EffectTable } from '../../../core/statistics/effect-table.ts';
import type { MissingPair, NoInterval } from '../../../core/statistics/paired-difference.ts';
import { formatNumber, plural } from '../../../ui/text/format.ts';

export const EFFECT_COLUMNS = [
  'variant',
  'changes',
  'pairs',
  'base',
  'mean',
  'difference',
  'interval',
  'wins',
  'p (Holm)',
];
/** Chances. */
export const EQUIVALENCE_COLUMN = 'worse/same/better';

/** Cells in the order of the columns; the last one only with a region of practical equivalence. */
export function effectCells(
  row: EffectRow,
  { metric, isPath }: Pick<EffectTable, 'metric' | 'isPath'>,
): readonly string[] {
  const { changes, n, missing, baseMean, variantMean, difference, estimate, wins, holmP } = row;
  const decimals = decimalsOf(row);
  return [
    rowName(row, isPath),
    changes,
    missing.length === 0 ? String(n) : `${n} of ${n + missing.length}`,
    number(baseMean, decimals),
    number(variantMean, decimals),
    number(difference, decimals, true),
    estimate.kind === 'none'
      ? ''
      : `[${number(estimate.low, decimals, true)}, ${number(estimate.high, decimals, true)}]`,
    n === 0 ? '' : `${wins}/${n}`,
    holmP === null ? '' : probability(holmP),
    ...(metric.rope === undefined ? [] : [equivalenceCell(row)]),
  ];
}

/** A step is named with the one before. */
function rowName({ variant, base }: EffectRow, isPath: boolean): string {
  return isPath ? `${base} -> ${variant}` : variant;
}

function equivalenceCell({ equivalence }: EffectRow): string {
  if (equivalence === null) return '';
  const { worse, same, better } = equivalence;
  return [worse, same, better].map((share) => share.toFixed(2)).join('/');
}

function number(value: number | null, decimals: number, signed = false): string {
  if (value === null) return '';
  return `${signed && value > 0 ? '+' : ''}${value.toFixed(decimals)}`;
}

function probability(p: number): string {
  return p < 0.0001 ? '<0.0001' : p.toFixed(4);
}

/** What a reader has to know: the design, the correction, the seeds, and what is missing by name. */
export function footerWords({ rows, footer, isPath }: EffectTable): readonly string[] {
  const { design, level, comparisons, rope, better, seeds, metric } = footer;
  const percent = formatNumber(100 * level);
  return [
    `${metric}: ${better} is better. ${isPath ? 'Each row is a step of a cumulative path, compared with the step before. ' : ''}Differences are ${isPath ? 'the step - the one before' : 'variant - base'} over pairs of one seed${footer.folds.length > 0 ? ' and fold' : ''}; ${percent} % intervals.`,
    `Design: ${design.name}; standard error ${design.correction}. It covers ${design.meaning}.`,
    `Seeds ${seeds.join(', ')}. p-values are two-sided${comparisons > 1 ? `, corrected by Holm for ${comparisons} variants; intervals are not corrected` : ''}.${rope === null ? '' : ` Chances that a variant is worse, the same or better; the same means a difference of at most ${formatNumber(rope)}.`}`,
    ...rows.flatMap(gapWords),
    ...(footer.unequalSeeds ?? []).map(({ branch, seeds: own }) =>
      own.length === 0
        ? `${branch} has no value.`
        : `${branch} has values for ${plural(own.length, 'seed')}: ${own.join(', ')}.`,
    ),
  ];
}

/** Why a row has no interval, and which pairs it lacks. */
export function gapWords({ variant, estimate, missing }: EffectRow): readonly string[] {
  return [
    ...(estimate.kind === 'none' ? [`${variant} has no interval: ${NO_INTERVAL[estimate.why]}.`] : []),
    ...byReason(missing).map(
      ([why, names]) => `${variant} lacks the ${names.length === 1 ? 'pair' : 'pairs'} ${names.join('; ')}: ${why}.`,
    ),
  ];
}

/** Pairs that are missing for one reason are named together. */
function byReason(missing: readonly MissingPair[]): readonly (readonly [why: string, names: readonly string[]])[] {
  const reasons = new Map<string, string[]>();
  for (const pair of missing) reasons.set(lackWords(pair), [...(reasons.get(lackWords(pair)) ?? []), pair.name]);
  return [...reasons];
}

const NO_INTERVAL: Readonly<Record<NoInterval, string>> = {
  'no-pairs': 'no pair has both values',
  'one-pair': 'one pair has no spread; give more seeds',
  'equal-differences': 'all of its differences are the same, so there is no spread to judge by',
  'few-events': 'the test set has too few events for a bootstrap',
};

function lackWords({ base, variant }: MissingPair): string {
  const of = (side: string, lack: MissingPair['base']): readonly string[] => {
    if (lack === null) return [];
    if (lack.kind === 'failed') return [`${side}: ${lack.why ?? 'failed'}`];
    return [lack.kind === 'lacking' ? `${side} has no value` : `${side} is ${lack.value}`];
  };
  return [...of('the base', base), ...of('the variant', variant)].join('; ');
}
