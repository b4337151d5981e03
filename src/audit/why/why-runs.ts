/** `restage why`: what made one run differ from another, by root causes. */
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { Found } from '../../store/reference/found.ts';
import { type AcceptedNodes, acceptancesIn } from '../view/acceptances.ts';
import { type Comparison, compareSides } from './compare-sides.ts';
import { runSide } from './run-side.ts';

export interface WhyRuns extends Comparison {
  readonly kind: 'why';
  readonly before: RunRecord;
  readonly after: RunRecord;
  /** What differs and enters no key. */
  readonly expected: readonly ExpectedChange[];
  /**
   * States that only the later run took for other keys, since a person accepted that: nothing ran for what differs
   * there.
   */
  readonly accepted: readonly AcceptedNodes[];
}

export interface ExpectedChange {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** @throws UsageError for runs of two pipelines */
export function whyRuns(cache: Cache, before: RunRecord, after: RunRecord): WhyRuns {
  if (before.pipeline !== after.pipeline || before.source !== after.source)
    throw new UsageError(
      `Run ${before.id} is of ${before.pipeline} (${before.source}) and run ${after.id} of ${after.pipeline} (${after.source}); name two runs of one pipeline.`,
    );
  const { comparison } = compareSides(cache, runSide(cache.query, before), runSide(cache.query, after));
  const known = new Set(acceptancesIn(cache.query, before.id).map(({ id }) => id));
  return {
    kind: 'why',
    before,
    after,
    ...comparison,
    expected: expectedChanges(cache, before, after, comparison),
    accepted: acceptancesIn(cache.query, after.id).filter(({ id }) => !known.has(id)),
  };
}

/**
 * The two runs that words name: none for the latest two, one for a run and the one before it.
 * @throws UsageError for a word that names no run
 */
export function runsNamed(
  cache: Cache,
  find: (reference: string) => Found | undefined,
  words: readonly (string | number)[],
): readonly [before: RunRecord, after: RunRecord] {
  const runs = words.map((word) => {
    const found = find(/^\d+$/.test(String(word)) ? `run:${word}` : word === 'latest' ? 'run:latest' : String(word));
    if (found?.kind === 'run') return found.run;
    throw new UsageError(`${word} is not a run; name one by its number, run:N, latest, or a tag of it.`);
  });
  const [first, second] = runs;
  if (first === undefined) return latestRuns(cache, undefined);
  return second === undefined ? [runBefore(cache, first), first] : [first, second];
}

/**
 * The latest run of the pipeline before this one; if this one is not of an experiment, the latest of those that are
 * not.
 * @throws UsageError if there is none
 */
export function runBefore({ query }: Cache, { id, pipeline, source }: RunRecord): RunRecord {
  const of = { name: pipeline, source };
  const isBranch = query.studies.withBranch(id) !== undefined;
  const before = (isBranch ? undefined : query.runs.beforeOfNoExperiment(id, of)) ?? query.runs.before(id, of);
  if (before !== undefined) return before;
  throw new UsageError(
    `Run ${id} is the first of ${pipeline} on record: there is none to compare it with; run it again with a change, or name two runs.`,
  );
}

/**
 * The two latest runs of a pipeline.
 * @param last its latest run; default: the latest of all that is not of an experiment
 * @throws UsageError if there are not two
 */
export function latestRuns(cache: Cache, last: RunRecord | undefined): readonly [before: RunRecord, after: RunRecord] {
  const latest = last ?? cache.query.runs.latestOfAll();
  if (latest === undefined)
    throw new UsageError(`There is no run in ${cache.directory}; run a pipeline twice, and ask again.`);
  return [runBefore(cache, latest), latest];
}

function expectedChanges(
  { query }: Cache,
  before: RunRecord,
  after: RunRecord,
  { causes }: Pick<Comparison, 'causes'>,
): readonly ExpectedChange[] {
  const isSeedTold = causes.some(({ change }) => change.kind === 'seed');
  const facts = [before, after].map((run): Readonly<Record<string, string>> => {
    const environment = query.runs.environment(run.id);
    const members = typeof environment === 'object' && environment !== null ? Object.entries(environment) : [];
    return {
      command: run.argv.join(' '),
      ...(isSeedTold ? {} : { seed: String(run.seed) }),
      tags: query.tags.of({ run: run.id }).join(', '),
      jobs: String(run.jobs),
      commit: run.commit === null ? '' : `${run.commit.slice(0, 8)}${run.dirty === true ? '+' : ''}`,
      ...Object.fromEntries(members.map(([name, value]) => [name, textOf(value)])),
    };
  });
  const [was, is] = facts as [Readonly<Record<string, string>>, Readonly<Record<string, string>>];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((what) => {
    const [old, now] = [was[what] ?? '', is[what] ?? ''];
    return old === now ? [] : [{ what, before: old, after: now }];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
