/** `restage show`: everything on record about a state, node, run or artifact; of a pipeline, what it is made of. */
import { resolve } from 'node:path';
import { entryIn } from '../planning/request/find-pipelines.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import { type Found, type FoundNode, lookUp } from './look-up.ts';
import { withCache, withCacheAt } from './open-cache.ts';
import { flag, refusePipelineOptions } from './options.ts';
import { artifactFacts, artifactLines } from './show-artifact.ts';
import { runFacts, runLines } from './show-run.ts';
import { stateFacts, stateLines } from './show-state.ts';
import { writeJson } from './output/json.ts';
import { writeLines } from './output/lines.ts';
import type { Call } from './verbs.ts';

export async function showVerb(call: Call): Promise<number> {
  const [what = '', node] = call.positionals;
  if (node === undefined) {
    const isPath = entryIn(resolve(call.io.cwd, what)) !== undefined || /\.[mc]?[jt]sx?$/.test(what);
    if (isPath) return (await import('./show-pipeline.ts')).showPipeline(call);
    refusePipelineOptions(call);
    await withCache(call, (cache) => tell(cache, lookUp(cache, what, call.io), call));
  } else {
    const { currentState } = await import('./current-state.ts');
    const { pipelineRequest } = await import('./pipeline-request.ts');
    const request = await pipelineRequest({ ...call, positionals: [what] });
    const current = await currentState(request, [node]);
    await withCacheAt(current.cacheDirectory, call.io, (cache) => {
      const state = cache.query.states.get(current.state)!;
      tell(cache, { kind: 'state', state }, call);
    });
  }
  return EXIT.ok;
}

function tell(cache: Cache, found: Found, call: Call): void {
  if (found.kind === 'node') tellNode(cache, found, call);
  else if (found.kind === 'run') show(runFacts(cache, found.run), runLines, call);
  else if (found.kind === 'artifact') show(artifactFacts(cache, found.artifact), artifactLines, call);
  else show(stateFacts(cache, found.state), stateLines, call);
}

function show<T>(facts: T, lines: (facts: T) => readonly string[], call: Call): void {
  if (flag(call, 'json')) writeJson(call, facts);
  else writeLines(call.io, lines(facts));
}

function tellNode(cache: Cache, { latest, state }: FoundNode, call: Call): void {
  if (state === undefined) {
    const failure = cache.query.attempts.latest(latest.node)?.failure;
    const why = failure == null ? latest.reason : `${failure.class}: ${failure.message}`;
    const verb = latest.outcome === 'skipped' ? 'was skipped' : latest.outcome;
    const where = failure == null ? String(latest.run) : latest.node;
    throw new UsageError(
      `${latest.node} has never come to a state: it ${verb} in run ${latest.run}${why === null ? '' : ` (${why})`}; "restage log ${where}" tells more.`,
    );
  }
  const stale = latest.state?.id === state.id ? '' : '; what follows is from before';
  const reason = latest.reason === null ? '' : `: ${latest.reason}`;
  const heading = `${latest.node}: ${latest.outcome} in run ${latest.run}${reason}${stale}`;
  show({ latestVisit: latest, ...stateFacts(cache, state) }, (facts) => [heading, ...stateLines(facts)], call);
}
