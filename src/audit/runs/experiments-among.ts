/** Experiments in a list of runs: the runs of their branches are told as one, that of the experiment. */
import type { Readers } from '../../store/query/readers.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { StudyRecord } from '../../store/query/studies.ts';

/** What is said of the run of an experiment. */
export interface ExperimentOfRun {
  readonly name: string;
  /** How many branches it has, the base among them, and with how many seeds each was run. */
  readonly branches: number;
  readonly seeds: number;
  /** How many runs of branches are on record. It lacks those in which a node failed. */
  readonly runs: number;
}

/** For a run of a branch, the run of the latest experiment that has it; any other run stands for itself. */
export function experimentFor(query: Readers): (run: RunRecord) => RunRecord {
  if (!query.studies.any()) return (run) => run;
  return (run) => {
    const study = query.studies.withBranch(run.id);
    return study === undefined ? run : query.runs.get(study.run)!;
  };
}

/** Null for a run that is not that of an experiment. */
export function experimentOf(query: Readers, run: number): ExperimentOfRun | null {
  const study = query.studies.of(run);
  return study === undefined ? null : countsOf(query, study);
}

function countsOf({ studies }: Readers, { run, name }: StudyRecord): ExperimentOfRun {
  const all = studies.branches(run);
  return {
    name,
    branches: new Set(all.map(({ branch }) => branch)).size,
    seeds: new Set(all.map(({ seed }) => seed)).size,
    runs: all.filter((each) => each.run !== null).length,
  };
}
