/** `restage show`: everything on record about a state, node, run or artifact; of a pipeline, its parameters and stages. */
import { resolve } from 'node:path';
import { entryIn } from '../../planning/request/find-pipelines.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { flag, refusePipelineOptions } from '../arguments/options.ts';
import { COMMON, IDENTITY } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { currentState } from '../lookup/current-state.ts';
import { type Found, type FoundNode, lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { graphOf, withPipeline } from '../lookup/with-pipeline.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { visitWord } from '../output/run-words.ts';
import { type Screen, screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';

export const verb: Verb = {
  name: 'show',
  summary: 'everything on record about a state, node, run or artifact; the parameters and stages of a pipeline',
  positionals: [
    {
      name: 'what',
      help: 'a node, an output (score.score), a digest (8 characters will do), run:N or a tag; or a pipeline',
      complete: ['recorded nodes', 'tags', 'pipelines'],
    },
    { name: 'node', help: 'a node of that pipeline, as it is defined now', optional: true, complete: ['nodes'] },
  ],
  options: [...IDENTITY, ...COMMON],
  examples: ['restage show score', 'restage show 3fa9c1d2', 'restage show run:12', 'restage show pipelines/higgs'],
  also: ['info', 'inspect', 'describe', 'view'],
  async run(call) {
    const [what = '', node] = call.positionals;
    if (node !== undefined)
      await withPipeline({ ...call, positionals: [what] }, async (opened) => {
        const current = await currentState(opened, node);
        const state = opened.cache.query.states.get(current.state)!;
        await tell(opened.cache, { kind: 'state', state }, call);
      });
    else if (isPipeline(call, what)) await showPipeline(call);
    else {
      refusePipelineOptions(call);
      await withCache(call, async (cache) => tell(cache, await lookUp(cache, what, call), call));
    }
    return EXIT.ok;
  },
};

function isPipeline({ io }: Call, what: string): boolean {
  return entryIn(resolve(io.cwd, what)) !== undefined || /\.[mc]?[jt]sx?$/.test(what);
}

async function showPipeline(call: Call): Promise<void> {
  const { pipelineFacts, pipelineLines } = await import('../show/pipeline.ts');
  const [path = '.'] = call.positionals;
  const { loadParameters } = await import('../../planning/definition/load-graph.ts');
  const { graph, declared } = await withPipeline(call, async (opened) => ({
    graph: await graphOf(opened),
    declared: await loadParameters(opened.cache, opened.request),
  }));
  show(call, pipelineFacts(graph, declared), (facts, screen) => pipelineLines(facts, path, screen));
}

async function tell(cache: Cache, found: Found, call: Call): Promise<void> {
  switch (found.kind) {
    case 'node':
      return tellNode(cache, found, call);
    case 'run': {
      const { runFacts, runLines } = await import('../show/run.ts');
      show(call, runFacts(cache, found.run), runLines);
      return;
    }
    case 'artifact': {
      const { artifactFacts, artifactLines } = await import('../show/artifact.ts');
      show(call, artifactFacts(cache, found.artifact), artifactLines);
      return;
    }
    case 'state': {
      const { stateFacts, stateLines } = await import('../show/state.ts');
      show(call, stateFacts(cache, found.state), stateLines);
      return;
    }
  }
}

function show<T extends object>(call: Call, facts: T, lines: (facts: T, screen: Screen) => readonly string[]): void {
  if (flag(call, 'json')) writeJson(call, facts);
  else writeLines(call.io, lines(facts, screenOf(call.io)));
}

async function tellNode(cache: Cache, { latest, state }: FoundNode, call: Call): Promise<void> {
  if (state === undefined) throw noState(cache, latest, call);
  const { stateFacts, stateLines } = await import('../show/state.ts');
  const facts = { latestVisit: latest, ...stateFacts(cache, state) };
  show(call, facts, (shown, screen) => [heading(latest, shown.attempt.run, state.id), ...stateLines(shown, screen)]);
}

/** `score: up to date in run 12, made by run 3` */
function heading(latest: FoundNode['latest'], madeBy: number, state: number): string {
  const reason = latest.reason === null ? '' : ` (${latest.reason})`;
  const visit = `${latest.node}: ${outcomeOf(latest)} in run ${latest.run}${reason}`;
  if (latest.state?.id !== state) return `${visit}; its latest state was made by run ${madeBy}`;
  return latest.run === madeBy ? visit : `${visit}, made by run ${madeBy}`;
}

function noState(cache: Cache, latest: FoundNode['latest'], call: Call): UsageError {
  const failure = cache.query.attempts.latest(latest.node)?.failure;
  const why = failure == null ? latest.reason : `${failure.class}: ${failure.message}`;
  const verbs = latest.outcome === 'failed' ? 'failed' : `was ${outcomeOf(latest)}`;
  const details = suggest(call, 'log', failure == null ? String(latest.run) : latest.node);
  return new UsageError(
    `${latest.node} has no state yet: it ${verbs} in run ${latest.run}${why === null ? '' : ` (${why})`}; details: ${details}`,
  );
}

function outcomeOf({ outcome, reason }: FoundNode['latest']): string {
  return outcome === 'skipped' && reason === 'interrupted' ? 'interrupted' : visitWord(outcome);
}
