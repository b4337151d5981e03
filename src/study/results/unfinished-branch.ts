/**
 * What is on record of a branch that did not finish with a seed: the states of its nodes, and the results that they
 * are.
 */
import type { RunParts } from '../../audit/runs/run-values.ts';
import type { Cache } from '../../store/cache.ts';
import type { ResultOutput } from '../../store/query/runs.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import type { StudyBranchRun } from '../../store/record/studies.ts';
import type { StudyDefinition } from '../definition/study-definition.ts';

export function unfinishedParts(
  { query }: Cache,
  { run, definition }: StudyRecord,
  { branch, seed }: Pick<StudyBranchRun, 'branch' | 'seed'>,
): RunParts {
  const states = query.studies.unfinished(run, branch, seed);
  const results = (definition as StudyDefinition).branches.find(({ name }) => name === branch)?.results ?? [];
  return {
    states: () => states,
    results: () =>
      results.map((result): ResultOutput => {
        const state = states.find(({ node }) => node === result.node);
        const output =
          state === undefined
            ? undefined
            : query.states.outputs(state.state).find(({ name }) => name === result.output);
        return { ...result, artifact: output ?? null };
      }),
  };
}
