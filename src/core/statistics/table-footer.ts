/** What a reader of an effect table has to know besides its rows. */
import { type Design, type DesignLabel, labelOf } from './design.ts';
import { type BranchObservations, seedsOf } from './observations.ts';
import type { Direction, PairedDifference } from './paired-difference.ts';

export interface TableFooter {
  readonly metric: string;
  readonly better: Direction;
  readonly design: DesignLabel;
  readonly level: number;
  /** Variants that have a p-value: what Holm's correction is over. */
  readonly comparisons: number;
  readonly rope: number | null;
  readonly split: string | null;
  /** Of all branches, ascending. */
  readonly seeds: readonly number[];
  readonly folds: readonly (number | string)[];
  /** The seeds of each branch that have a value, if they are not the same for all; else null. */
  readonly unequalSeeds: readonly { readonly branch: string; readonly seeds: readonly number[] }[] | null;
  /** Branches that have no value at all. */
  readonly withoutValues: readonly string[];
  /** Failed observations of all branches. */
  readonly failed: number;
  /** Pairs that a row should have by its design, where that is known. */
  readonly expectedPairs: number | null;
  /** Rows that have fewer pairs than that, or name missing ones. */
  readonly incompleteRows: readonly string[];
}

interface FooterFacts {
  readonly metric: {
    readonly name: string;
    readonly better: Direction;
    readonly design: Design;
    readonly rope?: number;
  };
  readonly level: number;
  readonly split: string | undefined;
  readonly observed: ReadonlyMap<string, BranchObservations>;
  readonly rows: readonly (Pick<PairedDifference, 'n' | 'missing' | 'estimate'> & { readonly variant: string })[];
}

export function tableFooter({ metric, level, split, observed, rows }: FooterFacts): TableFooter {
  const { name, better, design, rope } = metric;
  const all = [...observed.values()].flatMap((own) => [...own.values()]);
  const withValue = [...observed].map(([branch, own]) => ({
    branch,
    seeds: seedsOf([...own.values()].filter(hasValue)),
  }));
  const expectedPairs = design.kind === 'cross-validation' ? design.folds * design.seeds : null;
  return {
    metric: name,
    better,
    design: labelOf(design),
    level,
    comparisons: rows.filter(({ estimate }) => estimate.kind === 'interval').length,
    rope: rope ?? null,
    split: split ?? null,
    seeds: seedsOf(all),
    folds: [...new Set(all.flatMap(({ fold }) => (fold === undefined ? [] : [fold])))],
    unequalSeeds: new Set(withValue.map(({ seeds }) => seeds.join())).size > 1 ? withValue : null,
    withoutValues: withValue.filter(({ seeds }) => seeds.length === 0).map(({ branch }) => branch),
    failed: all.filter(({ found }) => found.kind === 'failed').length,
    expectedPairs,
    incompleteRows: rows
      .filter(({ n, missing }) => missing.length > 0 || (expectedPairs !== null && n < expectedPairs))
      .map(({ variant }) => variant),
  };
}

function hasValue({ found }: { readonly found: { readonly kind: string } }): boolean {
  return found.kind === 'value' || found.kind === 'events';
}
