/** What `restage show run:N` tells: how the run was started, where, and what became of it. */

import type { Cache } from '../store/cache.ts';
import type { RunRecord } from '../store/query/runs.ts';
import { formatTime, shellWord } from '../ui/text/format.ts';
import { commitWord, countWords, durationOf, outcomeWord } from './run-words.ts';

export type RunFacts = ReturnType<typeof runFacts>;

export function runFacts(cache: Cache, run: RunRecord) {
  const { query } = cache;
  return {
    kind: 'run' as const,
    ...run,
    tags: query.tags.of({ run: run.id }),
    counts: query.visits.counts(run.id),
    failures: query.attempts.failed(run.id),
    environment: query.runs.environment(run.id),
  };
}

export function runLines(run: RunFacts): readonly string[] {
  const took = durationOf(run);
  const facts: readonly (readonly [string, string])[] = [
    ['pipeline', `${run.pipeline} (${run.source})`],
    ['command', run.argv.map(shellWord).join(' ')],
    ['started', formatTime(run.startedAt)],
    ['outcome', `${outcomeWord(run)}${took === '' ? '' : ` after ${took}`}`],
    ['nodes', countWords(run.counts)],
    [
      'commit',
      run.commit === null
        ? 'not in a git repository'
        : `${commitWord(run)}${run.dirty === true ? ' (with changes that are in no commit)' : ''}`,
    ],
    ['seed', String(run.seed)],
    ['jobs', String(run.jobs)],
    ['backend', run.backend],
    ['tags', run.tags.join(', ')],
  ];
  return [
    `run ${run.id}`,
    ...facts.filter(([, value]) => value !== '').map(([name, value]) => `  ${name.padEnd(9)} ${value}`),
    ...section('parameters', run.params),
    ...section('environment', run.environment),
    ...run.failures.map(({ node, failure }) => `failed: ${node} (${failure!.class}): ${failure!.message}`),
  ];
}

function section(title: string, value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [];
  return [
    title,
    ...Object.entries(value).map(
      ([key, member]) => `  ${key}: ${typeof member === 'string' ? member : JSON.stringify(member)}`,
    ),
  ];
}
