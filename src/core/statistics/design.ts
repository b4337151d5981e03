/**
 * How the values of a metric came about, which decides what the mean of paired differences is uncertain by.
 *
 * Differences d_1 .. d_J of one metric have the standard deviation s (with J - 1). Where their training sets overlap,
 * they are correlated, and s / sqrt(J) is too small: with 10 folds by 6 seeds by a factor of 2.8.
 */
import { DefinitionError } from '../../errors.ts';

/** A score for each validation fold, of `folds` folds for each of `seeds` seeds. */
export interface CrossValidation {
  readonly kind: 'cross-validation';
  readonly folds: number;
  readonly seeds: number;
}

/** A score for each seed, where each seed draws again what is tested on: the share `testShare` of the data. */
export interface RedrawnSplit {
  readonly kind: 'redrawn-split';
  /** 0.2 for an 80:20 split. */
  readonly testShare: number;
}

/** A score for each seed, all on the same test set. */
export interface FixedTestSet {
  readonly kind: 'fixed-test-set';
}

/** A score for each event of one test set. */
export interface Events {
  readonly kind: 'events';
}

/** A design whose standard error is s times a known factor, with Student's t. */
export type StudentDesign = CrossValidation | RedrawnSplit | FixedTestSet;
export type Design = StudentDesign | Events;

/** What a table says about its intervals. */
export interface DesignLabel {
  /** `cross-validation, 10 folds x 6 seeds` */
  readonly name: string;
  /** The formula or method, with its source. */
  readonly correction: string;
  /** What the interval covers, and what it does not. */
  readonly meaning: string;
  /** Whether the method is itself an approximation for this design. */
  readonly approximate: boolean;
}

/** @throws DefinitionError for a number of folds or seeds, or a share, that no data can have */
export function checkDesign(design: Design): void {
  switch (design.kind) {
    case 'cross-validation':
      if (!(Number.isInteger(design.folds) && design.folds >= 2))
        throw new DefinitionError(
          `The design cross-validation has ${design.folds} folds; give a whole number from 2, since a fold is tested on what the others train on.`,
        );
      if (!(Number.isInteger(design.seeds) && design.seeds >= 1))
        throw new DefinitionError(`The design cross-validation has ${design.seeds} seeds; give a whole number from 1.`);
      return;
    case 'redrawn-split':
      if (!(design.testShare > 0 && design.testShare < 1))
        throw new DefinitionError(
          `The design redrawn-split has the test share ${design.testShare}; give a number between 0 and 1, such as 0.2 for an 80:20 split.`,
        );
      return;
    case 'fixed-test-set':
    case 'events':
      return;
  }
}

/**
 * The variance of the mean of `pairs` differences, in units of their variance s^2:
 *
 *     cross-validation  1 / J + 1 / (K - 1)
 *     redrawn-split     1 / J + q / (1 - q)
 *     fixed-test-set    1 / J
 *
 * The second term is the ratio of test to training data: Nadeau and Bengio, "Inference for the generalization error",
 * Machine Learning 52 (2003), the corrected resampled t-test; for cross-validation Bouckaert and Frank, PAKDD 2004.
 */
export function varianceFactor(design: StudentDesign, pairs: number): number {
  switch (design.kind) {
    case 'cross-validation':
      return 1 / pairs + 1 / (design.folds - 1);
    case 'redrawn-split':
      return 1 / pairs + design.testShare / (1 - design.testShare);
    case 'fixed-test-set':
      return 1 / pairs;
  }
}

/** The standard error of the mean of `pairs` differences whose standard deviation (with n - 1) is `sd`; their unit. */
export function standardError(design: StudentDesign, sd: number, pairs: number): number {
  return sd * Math.sqrt(varianceFactor(design, pairs));
}

/** The degrees of freedom of that standard error. */
export function degreesOfFreedom(pairs: number): number {
  return pairs - 1;
}

/**
 * Whether the differences are independent of each other, so that tests which change their signs apply. Folds and
 * redrawn splits train on data that they share.
 */
export function isIndependent(design: StudentDesign): boolean {
  return design.kind === 'fixed-test-set';
}

export function labelOf(design: Design): DesignLabel {
  switch (design.kind) {
    case 'cross-validation':
      return {
        name: `cross-validation, ${counted(design.folds, 'fold')} x ${counted(design.seeds, 'seed')}`,
        correction: 's sqrt(1/J + 1/(K - 1)), Nadeau and Bengio 2003, Bouckaert and Frank 2004',
        meaning:
          'training and choice of data; the correction was derived for random splits and is an approximation for cross-validation',
        approximate: true,
      };
    case 'redrawn-split':
      return {
        name: `split redrawn for each seed, ${percent(design.testShare)} tested on`,
        correction: `s sqrt(1/J + ${rounded(design.testShare / (1 - design.testShare))}), Nadeau and Bengio 2003`,
        meaning: 'training and choice of data; it assumes that splits are correlated by the share tested on',
        approximate: false,
      };
    case 'fixed-test-set':
      return {
        name: 'fixed test set, a score for each seed',
        correction: 's / sqrt(J)',
        meaning: 'training noise, given this test set; another test set may give another answer',
        approximate: false,
      };
    case 'events':
      return {
        name: 'events of one test set',
        correction: 'paired bootstrap, the same resample of events for all branches',
        meaning: 'noise of the test set, given these trainings; another seed may give another answer',
        approximate: true,
      };
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${rounded(100 * share)} %`;
}

function rounded(x: number): string {
  return String(Number(x.toPrecision(4)));
}
