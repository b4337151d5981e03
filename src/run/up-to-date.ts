/** A run with nothing to execute: it records its visits in one transaction. */
import type { Accepted } from '../events.ts';
import type { Cache } from '../store/cache.ts';
import { acceptedBy } from '../planning/plan/equivalence/accepted-states.ts';
import { isUpToDate, type HitStep, type KnownState, type Plan, type PlanNode } from '../planning/plan/plan.ts';
import { begin, end, type RunFrame } from './frame.ts';
import type { RunReport } from './request.ts';
import { resultValues } from './result-values.ts';

export async function runUpToDate(frame: RunFrame, plan: Plan): Promise<RunReport> {
  if (!isUpToDate(plan)) throw new Error('internal error: a run with nodes to execute was treated as up to date');
  const { cache } = frame;
  const run = begin(frame, plan);
  const { hits, savedSeconds } = recordHits(frame, run, plan);
  return end(frame, run, {
    pipeline: plan.pipeline,
    outcome: 'ok',
    counts: { hit: hits, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 },
    savedSeconds,
    failures: [],
    results: resultValues(cache, plan, (node) => {
      const step = plan.steps[node]!;
      return step.status === 'hit' ? cache.query.states.outputs(step.state.id) : [];
    }),
  });
}

/** Records a visit of every hit, and reports it. */
function recordHits({ cache, emit }: RunFrame, run: number, plan: Plan): { hits: number; savedSeconds: number } {
  const hits: { readonly node: PlanNode; readonly state: KnownState; readonly accepted?: Accepted }[] = [];
  for (const [index, step] of plan.steps.entries())
    if (step.status === 'hit') hits.push({ node: plan.nodes[index]!, state: step.state, ...accepted(cache, step) });
  cache.record.visits.addHits(run, hits);
  const at = Date.now();
  let savedSeconds = 0;
  for (const { node, state, ...more } of hits) {
    savedSeconds += state.seconds;
    emit({ type: 'node-hit', at, node: node.id, stage: node.stage, how: 'hit', state: state.key, ...more });
  }
  return { hits: hits.length, savedSeconds };
}

function accepted(cache: Cache, { equivalence }: HitStep): { readonly accepted?: Accepted } {
  return equivalence === undefined ? {} : { accepted: acceptedBy(cache, equivalence) };
}
