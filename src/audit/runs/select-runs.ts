/** Which runs are meant: by pipeline, time, outcome, tags, and conditions on their parameters, results and metrics. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { PipelineId, RunRecord } from '../../store/query/runs.ts';
import { isSamePipeline } from '../../store/reference/pipelines.ts';
import { parseMoment } from './moment.ts';
import { findValue, valueMeant } from './run-value.ts';
import type { RunValues, RunValuesReader } from './run-values.ts';
import { hasTags, parseTagExpression, tagsIn } from './tag-expression.ts';
import { type Condition, holds, parseWhere } from './where.ts';

export const OUTCOMES = [
  'ok',
  'failed',
  'interrupted',
  'detached',
  'running',
  'died',
] as const satisfies RunRecord['outcome'][];

/** What a person asks for; everything that is given has to be true of a run. */
export interface RunFilter {
  /** An expression such as `lr-* & !draft`. */
  readonly tag?: string | undefined;
  /** Runs that began since then: `2026-11-28`, `2d`. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly outcome?: readonly string[] | undefined;
  /** Conditions such as `train.rate<0.01 && seed=1`. */
  readonly where?: readonly string[] | undefined;
}

export interface RunChoice extends RunFilter {
  /** Of these runs; default: of all on record. */
  readonly runs?: readonly RunRecord[] | undefined;
  /** Of these pipelines; default: of any. */
  readonly pipelines?: readonly PipelineId[] | undefined;
  /** All runs are of the pipeline of the latest one that is meant. */
  readonly onePipeline?: boolean;
  /** The latest of them alone. */
  readonly last?: number | undefined;
  /** The run that stands for one in the answer, once; default: the run itself. */
  readonly standsFor?: ((run: RunRecord) => RunRecord) | undefined;
}

export interface RunWorld {
  readonly query: Readers;
  readonly values: RunValuesReader;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * In the order of `runs`; without it, newest first.
 * @throws UsageError if the filter is malformed, or no run has what a condition names
 */
export function selectRuns(world: RunWorld, choice: RunChoice): readonly RunRecord[] {
  const { runs, last = Number.POSITIVE_INFINITY, standsFor = itself } = choice;
  const matches = matcherOf(world, choice);
  if (runs !== undefined) return runs.filter((run) => matches.run(run));
  const selected = new Map<number, RunRecord>();
  let { pipelines } = choice;
  for (const run of world.query.runs.newestFirst({ pipelines, ...timesOf(world, choice) })) {
    if (selected.size >= last) break;
    if (!isOfAny(pipelines, run) || !matches.run(run)) continue;
    const shown = standsFor(run);
    if (!selected.has(shown.id)) selected.set(shown.id, shown);
    if (choice.onePipeline === true) pipelines = [{ name: run.pipeline, source: run.source }];
  }
  if (selected.size === 0) matches.explainNone();
  return [...selected.values()];
}

function itself(run: RunRecord): RunRecord {
  return run;
}

function isOfAny(pipelines: readonly PipelineId[] | undefined, { pipeline: name, source }: RunRecord): boolean {
  return pipelines === undefined || pipelines.some((each) => isSamePipeline(each, { name, source }));
}

function timesOf({ now }: RunWorld, { since, until }: RunFilter): { since?: number; until?: number } {
  return {
    ...(since === undefined ? {} : { since: parseMoment(since, now, 'beginning') }),
    ...(until === undefined ? {} : { until: parseMoment(until, now, 'end') }),
  };
}

interface Matcher {
  readonly run: (run: RunRecord) => boolean;
  /** Called where nothing was selected. @throws UsageError if no run has what a condition names */
  readonly explainNone: () => void;
}

function matcherOf(world: RunWorld, filter: RunFilter): Matcher {
  const { query, values } = world;
  const { since = -Infinity, until = Infinity } = timesOf(world, filter);
  const outcomes = outcomesIn(filter.outcome ?? []);
  const expression = filter.tag === undefined ? undefined : parseTagExpression(filter.tag);
  const conditions = (filter.where ?? []).flatMap(parseWhere);
  const seen: RunValues[] = [];
  const isMet = (condition: Condition, of: RunValues): boolean => holds(condition, findValue(of, condition.name));
  return {
    run(run) {
      if (run.startedAt < since || run.startedAt > until) return false;
      if (outcomes !== undefined && !outcomes.includes(run.outcome)) return false;
      if (expression !== undefined && !hasTags(expression, query.tags.of({ run: run.id }))) return false;
      if (conditions.length === 0) return true;
      const of = values.of(run);
      seen.push(of);
      return conditions.every((condition) => isMet(condition, of));
    },
    explainNone() {
      const condition = conditions.find(({ name }) => seen.every((of) => findValue(of, name) === undefined));
      if (condition === undefined || seen.length === 0) return;
      throw new UsageError(
        `No run has a parameter, result or metric ${condition.name}${valueMeant(seen, condition.name)}; "restage show run:${seen[0]!.run}" lists those of the latest run.`,
      );
    },
  };
}

/** Says that nothing has a tag which the filter names; undefined if all tags are known. @throws UsageError */
export function unknownTag(query: Readers, { tag }: RunFilter): string | undefined {
  if (tag === undefined) return undefined;
  const known = new Set(query.tags.list().map((each) => each.tag));
  const unknown = tagsIn(parseTagExpression(tag)).find((each) => !known.has(each));
  return unknown === undefined
    ? undefined
    : `No run has the tag ${unknown}${didYouMean(unknown, known)}; "restage tag --list" shows what is tagged.`;
}

function outcomesIn(words: readonly string[]): readonly string[] | undefined {
  const given = words.flatMap((word) => word.split(','));
  const wrong = given.find((word) => !OUTCOMES.some((each) => each === word));
  if (wrong !== undefined)
    throw new UsageError(
      `An outcome is ${OUTCOMES.slice(0, -1).join(', ')} or ${OUTCOMES.at(-1)!}, not "${wrong}"${didYouMean(wrong, OUTCOMES)}.`,
    );
  return given.length === 0 ? undefined : given;
}
