/** What a report says of an experiment: its branches, and its effect tables with the states that each value is of. */
import type { SourcedValue } from '../../core/statistics/effect-record.ts';
import type { EffectTable } from '../../core/statistics/effect-table.ts';
import type { Digest } from '../../core/identity/digest.ts';
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

export interface ReportStudy {
  readonly name: string;
  /** With its seeds; the run is null where a node did not finish. */
  readonly branches: readonly StudyBranchRun[];
  readonly effects: readonly ReportEffects[];
}

export function reportStudy(cache: Cache, { run, name }: StudyRecord): ReportStudy {
  return {
    name,
    branches: cache.query.studies.branches(run),
    effects: cache.query.effects.ofStudy(run).map((record) => {
      const { table, inputs } = recordedEffects(cache, record);
      return { digest: record.key, table, values: inputs.values };
    }),
  };
}
