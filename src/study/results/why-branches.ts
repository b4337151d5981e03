/** What made branches of an experiment differ: their runs with one seed, by root causes. */
import { whyRuns, type WhyRuns } from '../../audit/why/why-runs.ts';
import type { Cache } from '../../store/cache.ts';

/** A branch with one of its seeds, compared with another branch with the same seed. */
export interface WhyBranch {
  readonly before: string;
  readonly after: string;
  readonly seed: number;
  /** All seeds with which both are complete. */
  readonly seeds: readonly number[];
  readonly why: WhyRuns;
}

export interface WhyBranches {
  readonly kind: 'why-branches';
  readonly study: string;
  readonly branches: readonly WhyBranch[];
}

/** The runs of a branch, by seed. */
export interface RunsOfBranch {
  readonly branch: string;
  readonly runs: ReadonlyMap<number, number>;
}

/** Undefined if the two are complete with no seed that is the same. */
export function whyBranch(cache: Cache, before: RunsOfBranch, after: RunsOfBranch): WhyBranch | undefined {
  const seeds = [...after.runs.keys()].filter((seed) => before.runs.has(seed)).sort((a, b) => a - b);
  const [seed] = seeds;
  if (seed === undefined) return undefined;
  const run = ({ runs }: RunsOfBranch) => cache.query.runs.get(runs.get(seed)!)!;
  return {
    before: before.branch,
    after: after.branch,
    seed,
    seeds,
    why: whyRuns(cache, run(before), run(after)),
  };
}
