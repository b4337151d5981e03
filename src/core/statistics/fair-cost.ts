/**
 * What each branch of an experiment costs, where branches share work.
 *
 * The fair cost divides each unit of work equally among the branches that use it. It is the Shapley value of the game
 * in which a set of branches costs the work that any of them uses (Littlechild and Owen, Management Science 20 (1973)).
 */
import { sum } from './moments.ts';

/** One piece of work: the execution of a node. */
export interface WorkUnit {
  /** What it takes, or took when it was executed. */
  readonly seconds: number;
  /** The branches that use its result, each once. */
  readonly branches: readonly string[];
  /** Whether its result was in the cache already, so that the experiment did not execute it. */
  readonly cached: boolean;
}

/** All in seconds. alone = fair + cached + shared. */
export interface BranchCost {
  /** What the branch would take by itself, with an empty cache. */
  readonly alone: number;
  /** Executed work that no other branch uses: what the experiment would have spared without this branch. */
  readonly marginal: number;
  /** Its equal shares of the executed work that it uses. Over all branches they add up to what was executed. */
  readonly fair: number;
  /** Its work that was in the cache. */
  readonly cached: number;
  /** What it did not pay because others use the same executed work. */
  readonly shared: number;
  /** cached + shared */
  readonly saved: number;
}

export interface ExperimentCost {
  /** By the name of the branch. */
  readonly branches: ReadonlyMap<string, BranchCost>;
  /** Work that was executed, each unit once: the sum of the fair costs. */
  readonly executed: number;
  /** Executed work that no branch uses; it is in no branch's cost, nor in `executed`. */
  readonly unused: number;
  /** Work that was in the cache, each unit once. */
  readonly cached: number;
  /** What all branches would take by themselves. */
  readonly alone: number;
}

/**
 * A branch without work costs 0.
 *
 * @throws RangeError for seconds that are not a number from 0, or a unit with a branch that is not named or is named
 * twice
 */
export function fairCosts(branches: readonly string[], units: readonly WorkUnit[]): ExperimentCost {
  const used = new Map<string, WorkUnit[]>(branches.map((branch) => [branch, []]));
  for (const unit of units) {
    if (!(unit.seconds >= 0 && unit.seconds < Number.POSITIVE_INFINITY))
      throw new RangeError(`A unit of work takes a number of seconds from 0, not ${unit.seconds}.`);
    if (new Set(unit.branches).size < unit.branches.length)
      throw new RangeError(`A unit of work names a branch twice: ${unit.branches.join(', ')}.`);
    for (const branch of unit.branches) {
      const own = used.get(branch);
      if (own === undefined) throw new RangeError(`A unit of work is for ${branch}, which is not a branch.`);
      own.push(unit);
    }
  }
  const inUse = units.filter((unit) => unit.branches.length > 0);
  return {
    branches: new Map([...used].map(([branch, own]) => [branch, costOf(own)])),
    executed: secondsOf(inUse.filter(({ cached }) => !cached)),
    unused: secondsOf(units.filter((unit) => unit.branches.length === 0 && !unit.cached)),
    cached: secondsOf(inUse.filter(({ cached }) => cached)),
    alone: sum(inUse.map((unit) => unit.seconds * unit.branches.length)),
  };
}

function costOf(units: readonly WorkUnit[]): BranchCost {
  const executed = units.filter(({ cached }) => !cached);
  const cached = secondsOf(units.filter((unit) => unit.cached));
  const shared = sum(executed.map(({ seconds, branches }) => seconds - seconds / branches.length));
  return {
    alone: secondsOf(units),
    marginal: secondsOf(executed.filter(({ branches }) => branches.length === 1)),
    fair: sum(executed.map(({ seconds, branches }) => seconds / branches.length)),
    cached,
    shared,
    saved: cached + shared,
  };
}

function secondsOf(units: readonly WorkUnit[]): number {
  return sum(units.map(({ seconds }) => seconds));
}
