/**
 * `restage show`: everything on record about a state, node, run or artifact; of a pipeline, its parameters and stages.
 */
import type { Graph } from '../../core/graph/graph.ts';
import { EXIT, ParamError, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { type Found, type FoundNode, type FoundOutput, isOlderState } from '../../store/reference/found.ts';
import { flag, refusePipelineOptions, text } from '../arguments/options.ts';
import { COMMON, IDENTITY, OF_PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { currentState } from '../lookup/current-state.ts';
import { isPipelinePath } from '../lookup/is-pipeline.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { graphOf, type Opened, withPipeline } from '../lookup/with-pipeline.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { type Screen, screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';
import { nodeLine, outcomeOf, reasonOf } from '../show/states/node.ts';

export const verb: Verb = {
  name: 'show',
  summary: 'everything on record about a state, node, run or artifact; the parameters and stages of a pipeline',
  positionals: [
    {
      name: 'what',
      help: 'a node or an output (score.score), also in a run (run:3/score); a digest (8 characters will do), run:N or a tag; or a pipeline',
      complete: ['recorded nodes', 'tags', 'pipelines'],
    },
    { name: 'node', help: 'a node of that pipeline, as it is defined now', optional: true, complete: ['nodes'] },
  ],
  options: [
    { long: 'nodes', help: 'of a run, show what became of each node' },
    { long: 'source', value: 'PATH', help: 'show this source of code, or of the code that made a state, as it was' },
    { long: 'sources', help: 'show all sources that way' },
    OF_PIPELINE,
    ...IDENTITY,
    ...COMMON,
  ],
  exclusive: [['source', 'sources']],
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
    else if (isPipelinePath(call.io, what)) await showPipeline(call);
    else {
      refusePipelineOptions(call);
      await withCache(call, async (cache) => {
        const found = await lookUp(cache, what, call);
        if (flag(call, 'sources') || text(call, 'source') !== undefined) await tellSources(cache, found, call);
        else await tell(cache, found, call);
      });
    }
    return EXIT.ok;
  },
};

async function showPipeline(call: Call): Promise<void> {
  const { pipelineFacts, pipelineLines } = await import('../show/states/pipeline.ts');
  const [path = '.'] = call.positionals;
  const { loadParameters } = await import('../../planning/definition/load-graph.ts');
  const { graph, declared } = await withPipeline(call, async (opened) => ({
    declared: await loadParameters(opened.cache, opened.request),
    graph: await graphIfSet(opened),
  }));
  show(call, pipelineFacts(graph, declared), (facts, screen) => pipelineLines(facts, path, screen));
}

/** Undefined for a pipeline that has to be given a parameter, and was given none. */
async function graphIfSet(opened: Opened): Promise<Graph | undefined> {
  try {
    return await graphOf(opened);
  } catch (error) {
    if (error instanceof ParamError && opened.request.layers.length === 0) return undefined;
    throw error;
  }
}

async function tell(cache: Cache, found: Found, call: Call): Promise<void> {
  switch (found.kind) {
    case 'node':
      return tellNode(cache, found, call);
    case 'run': {
      const { runFacts, runLines } = await import('../show/runs/run.ts');
      show(call, runFacts(cache, found.run), (facts, screen) =>
        runLines(facts, flag(call, 'nodes'), screen, call.io.cwd),
      );
      return;
    }
    case 'output':
      return tellOutput(cache, found, call);
    case 'code': {
      const { codeFacts, codeLines } = await import('../show/states/code.ts');
      show(call, codeFacts(cache, found.digest), codeLines);
      return;
    }
    case 'artifact': {
      const { artifactFacts, artifactLines } = await import('../show/states/artifact.ts');
      show(call, artifactFacts(cache, found.artifact), artifactLines);
      return;
    }
    case 'effects': {
      const { effectsFacts, effectsLines } = await import('../show/studies/effects.ts');
      const { chooseEffects } = await import('../../audit/effects/effect-choice.ts');
      const choice = chooseEffects(cache, call.positionals[0]!, found);
      show(call, { kind: 'effects', ...effectsFacts(choice) }, (_, screen) => effectsLines(choice, screen));
      return;
    }
    case 'state': {
      const { stateFacts, stateLines } = await import('../show/states/state.ts');
      show(call, stateFacts(cache, found.state), stateLines);
      return;
    }
  }
}

/** @throws UsageError for what has no code, and for a source that it does not have */
async function tellSources(cache: Cache, found: Found, call: Call): Promise<void> {
  const { codeOf, sourceFacts, sourceLines, sourceText } = await import('../show/states/sources.ts');
  const path = text(call, 'source');
  const facts = sourceFacts(cache, codeOf(found), path);
  if (flag(call, 'json')) writeJson(call, facts);
  else if (path === undefined) writeLines(call.io, sourceLines(facts, screenOf(call.io)));
  else call.io.writeOut(sourceText(facts));
}

function show<T extends object>(call: Call, facts: T, lines: (facts: T, screen: Screen) => readonly string[]): void {
  if (flag(call, 'json')) writeJson(call, facts);
  else writeLines(call.io, lines(facts, screenOf(call.io)));
}

async function tellNode(cache: Cache, found: FoundNode, call: Call): Promise<void> {
  const { latest = null, state } = found;
  if (state === undefined) throw noState(cache, found, call);
  const { stateFacts, stateLines } = await import('../show/states/state.ts');
  const facts = { latestVisit: latest, ...stateFacts(cache, state) };
  show(call, facts, (shown, screen) => [nodeLine(cache, found), ...stateLines(shown, screen)]);
}

async function tellOutput(cache: Cache, { of, output }: FoundOutput, call: Call): Promise<void> {
  const { artifactFacts, artifactLines } = await import('../show/states/artifact.ts');
  const facts = artifactFacts(cache, cache.query.prefixes.artifacts(output.digest, 1)[0]!);
  if (of === undefined) show(call, facts, artifactLines);
  else
    show(call, { latestVisit: of.latest ?? null, ...facts }, (shown, screen) => [
      ...(isOlderState(of) ? [nodeLine(cache, of)] : []),
      ...artifactLines(shown, screen),
    ]);
}

function noState({ query }: Cache, found: FoundNode, call: Call): UsageError {
  const { node, latest, trying } = found;
  if (latest === undefined)
    return new UsageError(
      `${node} has no state yet: attempt ${trying!.number} in run ${trying!.run} has no end on record; details: ${suggest(call, 'log', node)}`,
    );
  const failure = query.attempts.latest(node, { run: latest.run })?.failure;
  const why = failure == null ? reasonOf(found) : ` (${failure.class}: ${failure.message})`;
  const verbs = latest.outcome === 'failed' ? 'failed' : `was ${outcomeOf(found)}`;
  const details =
    failure == null ? suggest(call, 'log', String(latest.run)) : suggest(call, 'log', `run:${latest.run}/${node}`);
  const where = found.inRun
    ? `has no state in run ${latest.run}: it ${verbs}`
    : `has no state yet: it ${verbs} in run ${latest.run}`;
  return new UsageError(`${node} ${where}${why}; details: ${details}`);
}
