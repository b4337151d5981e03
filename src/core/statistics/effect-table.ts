/**
 * What each variant of an experiment is worth: a row for each, with its difference to the base, how sure it is, and
 * what it cost; as data, for those who print it. Nothing is left out silently: what is missing is named in its row.
 */
import { DefinitionError } from '../../errors.ts';
import { checkDesign, type Design } from './design.ts';
import { type Equivalence, equivalence } from './equivalence.ts';
import { eventEstimates } from './events-difference.ts';
import type { BranchCost } from './fair-cost.ts';
import { holm } from './holm.ts';
import { type BranchObservations, byBranch, type Observation, pairsOf } from './observations.ts';
import {
  type Direction,
  means,
  type Pair,
  pairedDifference,
  type PairedDifference,
  splitPairs,
  wins,
} from './paired-difference.ts';
import { type TableFooter, tableFooter } from './table-footer.ts';

export interface TableMetric {
  readonly name: string;
  readonly better: Direction;
  readonly design: Design;
  /** Differences up to this are practically 0, in the metric's unit. Without it, nothing is said about equivalence. */
  readonly rope?: number;
}

export interface TableVariant {
  readonly name: string;
  /** What it changes, for the reader. */
  readonly changes: string;
  /** What it is compared with; default the table's base. In a cumulative path it is the step before. */
  readonly base?: string;
}

export interface EffectTableInput {
  readonly metric: TableMetric;
  readonly base: string;
  readonly variants: readonly TableVariant[];
  readonly observations: readonly Observation[];
  /** Whether each variant is the step after the one that it is compared with; default false. */
  readonly isPath?: boolean;
  /** Costs by branch, handed through to the rows. */
  readonly costs?: ReadonlyMap<string, BranchCost>;
  /** Of the intervals; default 0.95. */
  readonly level?: number;
  /** How the data were split, for the footer. */
  readonly split?: string;
}

export interface EffectRow extends PairedDifference {
  readonly variant: string;
  readonly changes: string;
  readonly base: string;
  /** For the design `events`: how many events the interval is over. */
  readonly events: number | null;
  /** The p-value, corrected for the number of variants that have one. */
  readonly holmP: number | null;
  /** Null without a region of practical equivalence, and without an interval. */
  readonly equivalence: Equivalence | null;
  readonly cost: BranchCost | null;
}

export interface EffectTable {
  readonly metric: TableMetric;
  readonly base: string;
  readonly baseCost: BranchCost | null;
  /** Whether the rows are the steps of a cumulative path, each compared with the one before. */
  readonly isPath: boolean;
  /** In the order of the variants. */
  readonly rows: readonly EffectRow[];
  readonly footer: TableFooter;
}

/** @throws DefinitionError for a design, names or values that do not fit each other; each says what to change */
export function effectTable(input: EffectTableInput): EffectTable {
  const { metric, base, variants, costs, level = 0.95, isPath = false } = input;
  checkInput(input, level);
  const observed = byBranch(input.observations, [base, ...variants.map(({ name }) => name)], metric.design);
  const compared = variants.map((variant) => comparison(variant, variant.base ?? base, observed));
  const differences = differencesOf(compared, metric, level);
  const corrected = holm(differences.map(({ estimate }) => (estimate.kind === 'interval' ? estimate.p : null)));
  const rows = variants.map(({ name, changes }, k): EffectRow => {
    const difference = differences[k]!;
    return {
      variant: name,
      changes,
      base: compared[k]!.baseName,
      ...difference,
      holmP: corrected[k]!,
      equivalence: equivalenceOf(difference, metric),
      cost: costs?.get(name) ?? null,
    };
  });
  const footer = tableFooter({ metric, level, split: input.split, observed, rows });
  return { metric, base, baseCost: costs?.get(base) ?? null, isPath, rows, footer };
}

interface Compared {
  readonly baseName: string;
  readonly base: BranchObservations;
  readonly variant: BranchObservations;
  readonly pairs: readonly Pair[];
}

type Difference = PairedDifference & Pick<EffectRow, 'events'>;

function comparison(
  variant: TableVariant,
  baseName: string,
  observed: ReadonlyMap<string, BranchObservations>,
): Compared {
  const [ofBase, ofVariant] = [observed.get(baseName)!, observed.get(variant.name)!];
  return { baseName, base: ofBase, variant: ofVariant, pairs: pairsOf(ofBase, ofVariant) };
}

function differencesOf(
  compared: readonly Compared[],
  { design, better }: TableMetric,
  level: number,
): readonly Difference[] {
  if (design.kind !== 'events')
    return compared.map(({ pairs }) => ({ ...pairedDifference(pairs, design, better, level), events: null }));
  const split = compared.map(({ pairs }) => splitPairs(pairs));
  const estimates = eventEstimates(
    compared.map(({ base, variant }, k) => ({ base, variant, pairs: split[k]!.pairs })),
    level,
  );
  return split.map(({ pairs, missing }, k) => ({
    n: pairs.length,
    pairs,
    missing,
    ...means(pairs),
    ...estimates[k]!,
    ...wins(
      pairs.map(({ difference }) => difference),
      better,
    ),
    signFlip: null,
    wilcoxon: null,
  }));
}

function equivalenceOf({ estimate, difference, events }: Difference, metric: TableMetric): Equivalence | null {
  if (metric.rope === undefined || estimate.kind === 'none' || difference === null) return null;
  const df = estimate.df ?? (events ?? 2) - 1;
  return equivalence({ difference, se: estimate.se, df }, metric.rope, metric.better);
}

function checkInput({ metric, base, variants }: EffectTableInput, level: number): void {
  checkDesign(metric.design);
  if (!(level > 0 && level < 1))
    throw new DefinitionError(`The level of an interval is between 0 and 1, not ${level}; give 0.95 for 95 %.`);
  if (metric.rope !== undefined && !(metric.rope >= 0 && metric.rope < Number.POSITIVE_INFINITY))
    throw new DefinitionError(
      `The region of practical equivalence of ${metric.name} is ${metric.rope}; give a number from 0, in its unit.`,
    );
  const names = new Set([base]);
  for (const variant of variants) {
    if (names.has(variant.name))
      throw new DefinitionError(`Two branches of the table are called ${variant.name}; give each a name of its own.`);
    names.add(variant.name);
  }
  for (const variant of variants)
    if (variant.base !== undefined && (!names.has(variant.base) || variant.base === variant.name))
      throw new DefinitionError(
        `Branch ${variant.name} is compared with ${variant.base}; name another branch of the table.`,
      );
}
