/** `--like`: the parameters and the seed of a run that is on record, and what this request changes of them. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { changesOf } from '../../core/params/paste.ts';
import type { Layer } from '../../core/params/setting.ts';
import { UsageError } from '../../errors.ts';
import { loadGraph } from '../../planning/definition/load-graph.ts';
import type { ResolvedRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';
import { branchesMeant } from './branches-meant.ts';
import { lookUp } from './look-up.ts';
import { openedAt, requireCache } from './open-cache.ts';
import { complain } from '../output/lines.ts';

interface LikeRun {
  readonly run: RunRecord;
  readonly layer: Layer;
}

/**
 * @param source the pipeline's file, as runs record it: `run:latest` is the latest run of this pipeline
 * @throws UsageError if the word names no run
 */
export async function likeRun(call: Call, cacheDirectory: string, source: string): Promise<LikeRun | undefined> {
  const word = text(call, 'like');
  if (word === undefined) return undefined;
  await requireCache(cacheDirectory, call.io);
  const run = await openedAt(cacheDirectory, (cache) => named(cache, word, source, call));
  const recorded = run.params as CanonicalValue;
  return { run, layer: { source: `run ${run.id}`, setting: { own: { recorded } } } };
}

async function named(cache: Cache, word: string, source: string, call: Call): Promise<RunRecord> {
  if (/^(run:)?latest$/.test(word)) {
    const run = cache.query.runs.latestOf(source);
    if (run !== undefined) return run;
    throw new UsageError(
      `No run of ${source} is on record; name another one with --like run:N ("restage log" lists them).`,
    );
  }
  // All seeds of a branch have its parameters; --seed takes another one than the first.
  const meant = branchesMeant(cache.query, word);
  if (meant?.branch != null && meant.runs.length > 0) return cache.query.runs.get(meant.runs[0]!.run)!;
  const found = await lookUp(cache, /^\d+$/.test(word) ? `run:${word}` : word, call);
  if (found.kind === 'run') return found.run;
  throw new UsageError(`--like takes a run, and ${word} is not one; write run:N, run:latest or the tag of a run.`);
}

/**
 * With `--like`, writes to the error output what differs from that run. @throws UsageError, DefinitionError, ParamError
 */
export async function sayWhatDiffers(call: Call, request: ResolvedRequest): Promise<void> {
  const like = await likeRun(call, request.cacheDirectory, request.project.source);
  if (like === undefined) return;
  const { run } = like;
  const { graph } = await openedAt(request.cacheDirectory, (cache) => loadGraph(cache, request));
  const changes = changesOf(run.params as CanonicalValue, graph.params).map(
    ({ path, before, after }) => `${path} ${shown(before)} -> ${shown(after)}`,
  );
  const all = run.seed === request.seed ? changes : [...changes, `the seed ${run.seed} -> ${request.seed}`];
  const words = all.length === 0 ? 'with its parameters and seed' : `but ${all.join(', ')}`;
  complain(call.io, `like run ${run.id}, ${words}`);
}

function shown(value: CanonicalValue | undefined): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}
