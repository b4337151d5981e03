/**
 * The runs that `log` lists. A branch of an experiment is a run for each seed, and there may be hundreds: the
 * experiment stands for them, unless they are asked for, or found by something of their own.
 */
import { experimentFor } from '../../audit/runs/experiments-among.ts';
import { type RunWorld, selectRuns } from '../../audit/runs/select-runs.ts';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { flag, text, wholeNumber } from '../arguments/options.ts';
import { runOptions } from '../arguments/run-selection.ts';
import type { Call } from '../arguments/verb.ts';
import { runsChosen, runsOfStudy } from './runs-meant.ts';
import { studyMeant } from './study-meant.ts';

const LISTED_RUNS = 20;

/** Newest first. @throws UsageError */
export function runsListed(cache: Cache, call: Call, world: RunWorld): readonly RunRecord[] {
  const limit = wholeNumber(call, 'limit');
  const experiment = text(call, 'experiment');
  if (experiment !== undefined) {
    const runs = selectRuns(world, { ...runOptions(call), runs: runsOfExperiment(cache, experiment) });
    return runs.toReversed().slice(0, limit);
  }
  const { tag, where } = runOptions(call);
  const isEach = flag(call, 'branches') || tag !== undefined || where.length > 0;
  return runsChosen(cache, call, world, {
    last: limit ?? LISTED_RUNS,
    onePipeline: false,
    standsFor: isEach ? undefined : experimentFor(cache.query),
  });
}

function runsOfExperiment(cache: Cache, name: string): readonly RunRecord[] {
  const found = runsOfStudy(cache, name);
  if (found !== undefined) return found;
  const { run, name: experiment } = studyMeant(cache, name.split('/', 1)[0]);
  const branches = [...new Set(cache.query.studies.branches(run).map(({ branch }) => branch))];
  const branch = name.slice(experiment.length + 1);
  throw new UsageError(
    branches.includes(branch) || branch === ''
      ? `No run of ${name} is on record: a node of each failed; "restage log ${run}" tells.`
      : `The experiment ${experiment} has no branch ${branch}${didYouMean(branch, branches)}; "restage tree ${experiment}" shows them.`,
  );
}
