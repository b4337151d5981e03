/** What a report says of an experiment: its branches, and its effect tables with the states that each value is of. */
import type { SourcedValue } from '../../core/statistics/effect-record.ts';
import type { EffectTable } from '../../core/statistics/effect-table.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import type { StudyBranchRun } from '../../store/record/studies.ts';
import { recordedEffects } from '../effects/recorded-table.ts';

export interface ReportEffects {
  /** The digest of what the table was worked out from. */
  readonly digest: Digest;
  readonly table: EffectTable;
  readonly values: readonly SourcedValue[];
}

/** A branch with a seed; its run is null where a node did not finish. */
export interface ReportBranch extends StudyBranchRun {
  /** Those of its results; of one that did not finish, all that it has. */
  readonly states: readonly CacheKey[];
}

export interface ReportStudy {
  readonly name: string;
  readonly branches: readonly ReportBranch[];
  readonly effects: readonly ReportEffects[];
}

export function reportStudy(cache: Cache, { run, name }: StudyRecord): ReportStudy {
  return {
    name,
    branches: cache.query.studies.branches(run).map((branch) => ({ ...branch, states: statesOf(cache, run, branch) })),
    effects: cache.query.effects.ofStudy(run).map((record) => {
      const { table, inputs } = recordedEffects(cache, record);
      return { digest: record.key, table, values: inputs.values };
    }),
  };
}

function statesOf({ query }: Cache, study: number, { branch, seed, run }: StudyBranchRun): readonly CacheKey[] {
  if (run === null) return query.studies.unfinished(study, branch, seed).map(({ key }) => key);
  const ends = new Set(query.runs.resultOutputs(run).map(({ node }) => node));
  return query.visits.statesOf(run).flatMap(({ node, key }) => (ends.has(node) ? [key] : []));
}
