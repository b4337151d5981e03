/** What a comparison of runs says before and after its tables. */
import type { Comparison } from '../../../audit/runs/compare-runs.ts';
import { acceptedSentences } from '../equivalence/accepted-sentences.ts';
import { MISSING, runsWord } from '../words/value-words.ts';

export function headingLines({ runs, samePipeline }: Comparison): readonly string[] {
  const words = runsWord(runs.map(({ id }) => id)).replace(/^r/, 'R');
  if (samePipeline) return [`${words} of ${runs[0]!.pipeline}`];
  const pipelines = [...new Set(runs.map(({ pipeline, source }) => `${pipeline} (${source})`))];
  return [
    `${words} are of different pipelines:`,
    ...pipelines.map((pipeline) => `  ${pipeline}`),
    'Only what several of them have is compared.',
  ];
}

/** Where no parameter differs. */
export function sameParamsLine({ params, samePipeline }: Comparison): readonly string[] {
  if (params.length > 0) return [];
  return [samePipeline ? 'The parameters are the same.' : 'No parameter that several of them have differs.'];
}

/** Why values are missing. */
export function noteLines(comparison: Comparison): readonly string[] {
  const { runs, params, results, metrics, samePipeline } = comparison;
  const hasGap = [...params, ...results, ...metrics].some(({ values }) => runs.some(({ id }) => !(id in values)));
  const unfinished = runs.filter(({ outcome }) => outcome !== 'ok');
  const nothing = results.length + metrics.length === 0;
  const notes = [
    ...(hasGap ? [`${MISSING} marks what a run does not have.`] : []),
    ...(nothing
      ? [
          samePipeline
            ? 'These runs have no result or metric that is a number.'
            : 'They have no result or metric in common.',
        ]
      : []),
    ...unfinished.map(({ id, outcome }) => `Run ${id} ${OUTCOME_WORDS[outcome]}: what it did not make is missing.`),
    ...runs.flatMap(({ id, accepted }) => acceptedSentences(accepted).map((sentence) => `In run ${id}, ${sentence}`)),
    ...runs.flatMap(({ id, lost }) => lost.map(({ name, why }) => `The result ${name} of run ${id} is gone: ${why}`)),
  ];
  return notes.length === 0 ? [] : ['', ...notes];
}

const OUTCOME_WORDS: Readonly<Record<Comparison['runs'][number]['outcome'], string>> = {
  ok: 'ended',
  failed: 'failed',
  interrupted: 'was interrupted',
  detached: 'was detached',
  running: 'is in progress',
  died: 'was killed',
};
