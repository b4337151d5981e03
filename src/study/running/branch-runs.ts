/**
 * Records each branch with each seed as a run of its own, once the study has made its states: a run with its
 * parameters, its seed, its nodes and its results, all of them found. So everything that asks about runs can ask about
 * branches.
 */
import type { Cache } from '../../store/cache.ts';
import type { StudyBranchRun, UnfinishedState } from '../../store/record/studies.ts';
import { gitState } from '../../identity/environment/environment.ts';
import type { KnownState, Plan } from '../../planning/plan/plan.ts';
import type { PreparedRun } from '../../planning/plan/prepared-run.ts';
import { Preparations } from '../../run/preparations.ts';
import type { ResolvedRun } from '../../run/request.ts';
import { runUpToDate } from '../../run/up-to-date.ts';
import type { StudyRun } from '../definition/study-graph.ts';
import { definitionOf } from '../definition/study-definition.ts';
import { runTag, type Study } from '../definition/study.ts';

/** @param request of the study. @param run the study's own run, which made or found the states */
export async function recordBranches(
  cache: Cache,
  request: ResolvedRun,
  {
    study,
    prepared,
    runs,
  }: { readonly study: Study; readonly prepared: PreparedRun; readonly runs: readonly StudyRun[] },
  run: number,
): Promise<readonly StudyBranchRun[]> {
  const { visits, states } = cache.query;
  const known = new Map(
    visits
      .statesOf(run)
      .map(({ node, state: id, key }): [string, KnownState] => [
        node,
        { id, key, seconds: states.get(id)!.seconds, complete: true },
      ]),
  );
  const { nodes } = prepared.definition.graph;
  const git = await gitState(study.project.root);
  const recorded: StudyBranchRun[] = [];
  const unfinished: UnfinishedState[] = [];
  for (const { branch, seed, graph, positions } of runs) {
    const stateOf = (node: number): KnownState | undefined => known.get(nodes[positions[node]!]!.id);
    const missing = graph.nodes.filter((_, node) => stateOf(node) === undefined).map(({ id }) => id);
    if (missing.length > 0) {
      recorded.push({ branch: branch.name, seed, run: null, missing });
      for (const [node, { id }] of graph.nodes.entries()) {
        const state = stateOf(node)?.id;
        if (state !== undefined) unfinished.push({ branch: branch.name, seed, node: id, state });
      }
      continue;
    }
    const tag = runTag(study, branch.name, seed);
    const plan: Plan = {
      pipeline: graph.pipeline,
      params: graph.params,
      backend: prepared.backend,
      nodes: graph.nodes.map(({ id, stage, tags }) => ({ id, stage, tags })),
      steps: graph.nodes.map((_, node) => ({
        status: 'hit',
        planned: true,
        planKey: planKeyOf(prepared, positions[node]!),
        state: stateOf(node)!,
      })),
      results: graph.results,
      recordedInputs: prepared.recordedInputs,
    };
    const same = sameRun(cache, tag, plan);
    const number = same ?? (await recordRun(cache, { ...request, project: study.project, seed }, git, plan));
    if (same === undefined) for (const name of [tag, study.name]) cache.record.tags.add({ run: number }, name);
    recorded.push({ branch: branch.name, seed, run: number, missing });
  }
  const definition = definitionOf(study, runs);
  cache.record.studies.add({ run, name: study.name, definition, branches: recorded, unfinished });
  return recorded;
}

async function recordRun(
  cache: Cache,
  request: ResolvedRun,
  git: Awaited<ReturnType<typeof gitState>>,
  plan: Plan,
): Promise<number> {
  const emit = (): void => undefined;
  const [beganAt, monotonicStart] = [Date.now(), performance.now()];
  const frame = {
    cache,
    request,
    git,
    beganAt,
    monotonicStart,
    preparations: new Preparations(emit),
    emit,
    aids: {},
  };
  return (await runUpToDate(frame, plan)).run;
}

/**
 * The latest run with this tag, if it has the same parameters and states: running a study again records nothing new.
 */
function sameRun(cache: Cache, tag: string, plan: Plan): number | undefined {
  const tagged = cache.query.tags.list(tag).flatMap((each) => ('run' in each ? [each.run] : []));
  const latest = tagged.at(-1);
  if (latest === undefined || JSON.stringify(cache.query.runs.get(latest)?.params) !== JSON.stringify(plan.params))
    return undefined;
  const states = new Map(cache.query.visits.statesOf(latest).map(({ node, state }) => [node, state]));
  const isSame =
    states.size === plan.nodes.length &&
    plan.nodes.every(({ id }, node) => {
      const step = plan.steps[node]!;
      return step.status === 'hit' && states.get(id) === step.state.id;
    });
  return isSame ? latest : undefined;
}

function planKeyOf({ steps }: PreparedRun, node: number) {
  const step = steps[node]!;
  if (step.status === 'excluded') throw new Error('internal error: a study has all of its nodes');
  return step.planKey;
}
