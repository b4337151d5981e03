/** A run and the runs that were branched off it, as a tree. */
import { changesOf } from '../../core/params/paste.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { RunValuesReader } from '../../audit/runs/run-values.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { countStages, type StageCount } from '../results/stage-counts.ts';

export interface RunBranch {
  readonly run: number;
  readonly tags: readonly string[];
  readonly seed: number;
  /** The node whose state it was branched off; null for a complete run. */
  readonly from: string | null;
  /** The parameters in which it differs from its parent, as `path=value`. */
  readonly changes: readonly string[];
  /** The states that its nodes came to. */
  readonly states: readonly StageCount[];
  /** The numbers in its results. */
  readonly results: Readonly<Record<string, number>>;
  readonly children: readonly RunBranch[];
}

export function runTree(cache: Cache, root: RunRecord): RunBranch {
  const { query } = cache;
  const reader = new RunValuesReader(cache);
  const branch = (run: RunRecord, parent: RunRecord | null, from: string | null): RunBranch => ({
    run: run.id,
    tags: query.tags.of({ run: run.id }),
    seed: run.seed,
    from,
    changes:
      parent === null
        ? []
        : changesOf(parent.params as CanonicalValue, run.params as CanonicalValue).map(
            ({ path, after }) => `${path}=${after === undefined ? '(not set)' : JSON.stringify(after)}`,
          ),
    states: countStages(
      query,
      query.visits.statesOf(run.id).map(({ state }) => state),
    ),
    results: Object.fromEntries([...reader.of(run).results()].map(([name, { value }]) => [name, value])),
    children: query.studies.branchedOff(run.id).map((origin) => branch(query.runs.get(origin.run)!, run, origin.node)),
  });
  return branch(root, null, null);
}
