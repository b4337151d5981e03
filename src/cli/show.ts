/** `restage show`: everything on record about a state, node, run or artifact; of a pipeline, what it is made of. */
import { entryIn } from '../planning/request/find-pipelines.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import { type Found, type FoundNode, lookUp } from './look-up.ts';
import { withCache, withCacheAt } from './open-cache.ts';
import { flag, refusePipelineOptions } from './options.ts';
import { writeJson, writeOut } from './output.ts';
import { artifactFacts, artifactLines } from './show-artifact.ts';
import { runFacts, runLines } from './show-run.ts';
import { stateFacts, stateLines } from './show-state.ts';
import type { Invocation } from './verbs.ts';

export async function showVerb(invocation: Invocation): Promise<number> {
  const [what = '', node] = invocation.positionals;
  const json = flag(invocation, 'json');
  if (node === undefined) {
    const isPath = entryIn(what) !== undefined || /\.[mc]?[jt]sx?$/.test(what);
    if (isPath) return (await import('./show-pipeline.ts')).showPipeline(invocation);
    refusePipelineOptions(invocation);
    await withCache(invocation, (cache) => tell(cache, lookUp(cache, what), json));
  } else {
    const { currentState } = await import('./current-state.ts');
    const { pipelineRequest } = await import('./pipeline-request.ts');
    const request = await pipelineRequest({ ...invocation, positionals: [what] });
    const current = await currentState(request, [node]);
    await withCacheAt(current.cacheDirectory, (cache) => {
      const state = cache.query.states.get(current.state)!;
      tell(cache, { kind: 'state', state }, json);
    });
  }
  return EXIT.ok;
}

function tell(cache: Cache, found: Found, json: boolean): void {
  if (found.kind === 'node') tellNode(cache, found, json);
  else if (found.kind === 'run') show(runFacts(cache, found.run), runLines, json);
  else if (found.kind === 'artifact') show(artifactFacts(cache, found.artifact), artifactLines, json);
  else show(stateFacts(cache, found.state), stateLines, json);
}

function show<T>(facts: T, lines: (facts: T) => readonly string[], json: boolean): void {
  if (json) writeJson(facts);
  else writeLines(lines(facts));
}

function tellNode(cache: Cache, { latest, state }: FoundNode, json: boolean): void {
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
  show({ latestVisit: latest, ...stateFacts(cache, state) }, (facts) => [heading, ...stateLines(facts)], json);
}

function writeLines(lines: readonly string[]): void {
  writeOut(`${lines.join('\n')}\n`);
}
