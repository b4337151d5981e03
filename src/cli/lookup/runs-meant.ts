/** The runs that a command line means, by references and by filters. */
import { RunValuesReader } from '../../audit/runs/run-values.ts';
import { type RunChoice, type RunWorld, selectRuns, unknownTag } from '../../audit/runs/select-runs.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { PipelineId, RunRecord } from '../../store/query/runs.ts';
import { FOUND_WORDS } from '../../store/reference/found.ts';
import { runOptions } from '../arguments/run-selection.ts';
import type { Call } from '../arguments/verb.ts';
import { branchesMeant, oneRunNeeded } from './branches-meant.ts';
import { lookUp, pipelinesMeant } from './look-up.ts';

export function runWorld(cache: Cache): RunWorld {
  return { query: cache.query, values: new RunValuesReader(cache), now: Date.now() };
}

/**
 * The runs that references name (`3`, `run:3`, `latest`, a tag), in their order and each once. An experiment means the
 * runs of all of its branches, and a branch of one (`ingredients/base`) its runs with all seeds.
 * @throws UsageError
 */
export async function runsNamed(
  cache: Cache,
  call: Call,
  references: readonly string[],
): Promise<readonly RunRecord[]> {
  const runs = new Map<number, RunRecord>();
  for (const reference of references)
    for (const run of runsOfStudy(cache, reference) ?? [await runNamed(cache, call, reference)]) runs.set(run.id, run);
  return [...runs.values()];
}

/** In their order. Undefined for what names neither an experiment nor a branch of one. */
export function runsOfStudy({ query }: Cache, name: string): readonly RunRecord[] | undefined {
  const meant = branchesMeant(query, name);
  if (meant === undefined) return undefined;
  if (meant.runs.length === 0) throw oneRunNeeded(meant);
  return meant.runs
    .map(({ run }) => run)
    .sort((a, b) => a - b)
    .map((run) => query.runs.get(run)!);
}

async function runNamed(cache: Cache, call: Call, reference: string): Promise<RunRecord> {
  const word = /^\d{1,15}$/.test(reference) || reference === 'latest' ? `run:${reference}` : reference;
  const found = await lookUp(cache, word, call);
  if (found.kind === 'run') return found.run;
  throw new UsageError(
    `${reference} is not a run but ${FOUND_WORDS[found.kind]}; name a run by its number, run:latest or its tag.`,
  );
}

/** The runs that the filters of the command line choose, newest first. @throws UsageError */
export function runsChosen(
  cache: Cache,
  call: Call,
  world: RunWorld,
  { last, onePipeline, standsFor }: Pick<RunChoice, 'last' | 'standsFor'> & { readonly onePipeline: boolean },
): readonly RunRecord[] {
  const options = runOptions(call);
  const pipelines = pipelinesMeant(cache, call);
  return selectRuns(world, { ...options, pipelines, onePipeline, standsFor, last: options.last ?? last });
}

/** Whether the command line says which runs it means, besides how many. */
export function hasFilters(call: Call): boolean {
  const { tag, since, until, outcome, where } = runOptions(call);
  return [tag, since, until].some((each) => each !== undefined) || outcome.length > 0 || where.length > 0;
}

/** Where the filters of the command line choose nothing. */
export function noRunLikeThat(query: Readers, call: Call): string {
  return unknownTag(query, runOptions(call)) ?? 'No run on record fits; "restage log" lists the latest ones.';
}

/** The latest run of a run's pipeline. */
export function latestBeside({ query }: Cache, { pipeline: name, source }: RunRecord): RunRecord {
  const pipeline: PipelineId = { name, source };
  return query.runs.latest(pipeline)!;
}
