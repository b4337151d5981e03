/** Values of one metric by branch, seed and fold, and the pairs that two branches make of them. */
import { DefinitionError } from '../../errors.ts';
import type { Design } from './design.ts';
import { mean } from './moments.ts';
import type { Pair, Side } from './paired-difference.ts';

export interface Observation {
  readonly branch: string;
  readonly seed: number;
  /** For cross-validation only. */
  readonly fold?: number | string;
  /**
   * A value, a failure, or that nothing is on record. For the design `events` it is a value for each event, in the same
   * order of events for all branches; their mean is the metric.
   */
  readonly found: Side | EventValues;
}

export interface EventValues {
  readonly kind: 'events';
  readonly values: readonly number[] | Float64Array | Float32Array;
}

/** The observations of one branch by the name of their pair; in the order of seeds, then of folds. */
export type BranchObservations = ReadonlyMap<string, Observation>;

/**
 * The observations of each branch. A branch without any has an empty map.
 *
 * @throws DefinitionError if they do not fit the design: folds where there should be none, or none where there should
 * be,
 *   more folds than it has, an unknown branch, a pair twice, events in another design, unequal numbers of events
 */
export function byBranch(
  observations: readonly Observation[],
  branches: readonly string[],
  design: Design,
): ReadonlyMap<string, BranchObservations> {
  const found = new Map<string, Map<string, Observation>>(branches.map((branch) => [branch, new Map()]));
  for (const observation of observations.toSorted(inOrder)) {
    checkFits(observation, design);
    const { branch } = observation;
    const own = found.get(branch);
    if (own === undefined)
      throw new DefinitionError(`There is a value of ${branch}, which is not a branch of the table; name it as one.`);
    const name = pairName(observation);
    if (own.has(name))
      throw new DefinitionError(`Branch ${branch} has two values for ${name}; give one value for each seed and fold.`);
    own.set(name, observation);
  }
  checkFolds(observations, design);
  checkEvents(observations);
  return found;
}

/** The pairs of all that either side has, was to have or failed at. */
export function pairsOf(base: BranchObservations, variant: BranchObservations): readonly Pair[] {
  const all = new Map([...base, ...variant]);
  return [...all]
    .sort(([, a], [, b]) => inOrder(a, b))
    .map(([name]) => ({ name, base: sideOf(base.get(name)), variant: sideOf(variant.get(name)) }));
}

export function seedsOf(observations: Iterable<Observation>): readonly number[] {
  return [...new Set([...observations].map(({ seed }) => seed))].sort((a, b) => a - b);
}

/** The mean over events stands for them: one that is not finite shows in it. */
function sideOf(observation: Observation | undefined): Side {
  if (observation === undefined) return { kind: 'lacking' };
  const { found } = observation;
  return found.kind === 'events' ? { kind: 'value', value: mean(found.values) } : found;
}

function pairName({ seed, fold }: Observation): string {
  return fold === undefined ? `seed=${seed}` : `seed=${seed}, fold=${fold}`;
}

function inOrder(a: Observation, b: Observation): number {
  return a.seed - b.seed || compareFolds(a.fold ?? 0, b.fold ?? 0);
}

function compareFolds(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

function checkFits({ branch, seed, fold, found }: Observation, design: Design): void {
  const place = `Branch ${branch}, seed ${seed}`;
  if (design.kind === 'cross-validation' && fold === undefined)
    throw new DefinitionError(
      `${place} has a value without a fold, but the metric's design is cross-validation; give a value for each fold, or declare redrawn-split or fixed-test-set.`,
    );
  if (design.kind !== 'cross-validation' && fold !== undefined)
    throw new DefinitionError(
      `${place} has a value for fold ${fold}, but the metric's design is ${design.kind}; declare cross-validation, since folds share training data.`,
    );
  if (design.kind === 'events' ? found.kind === 'value' : found.kind === 'events')
    throw new DefinitionError(
      `${place} has ${found.kind === 'value' ? 'one value' : 'values of events'}, but the metric's design is ${design.kind}; ${design.kind === 'events' ? 'give a value for each event' : 'declare the design events'}.`,
    );
}

function checkFolds(observations: readonly Observation[], design: Design): void {
  if (design.kind !== 'cross-validation') return;
  const folds = new Set(observations.map(({ fold }) => fold));
  if (folds.size > design.folds)
    throw new DefinitionError(
      `There are values for ${folds.size} folds, but the metric's design has ${design.folds}; declare the folds that the pipeline makes.`,
    );
}

function checkEvents(observations: readonly Observation[]): void {
  let first: { readonly place: string; readonly events: number } | undefined;
  for (const { branch, seed, found } of observations) {
    if (found.kind !== 'events') continue;
    const own = { place: `branch ${branch}, seed ${seed}`, events: found.values.length };
    first ??= own;
    if (own.events !== first.events)
      throw new DefinitionError(
        `The test set has ${first.events} events for ${first.place} and ${own.events} for ${own.place}; only values of the same events make pairs.`,
      );
  }
}
