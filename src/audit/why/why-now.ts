/**
 * What a run would make now, and why: the pipeline as it is today, with the parameters and the seed of a run on record,
 * and with what is given beside them, compared with that run.
 */
import { join } from 'node:path';
import { type Override, overrideWord } from '../../core/params/override.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { prepare, type PreparedRun } from '../../planning/plan/prepared-run.ts';
import { type ResolvedRequest, resolveRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { type Comparison, compareSides } from './compare-sides.ts';
import { forecast, type Forecast, type Work } from './forecast.ts';
import { planSide } from './plan-side.ts';
import { runSide } from './run-side.ts';

export interface WhyNow extends Comparison {
  readonly kind: 'why-now';
  /** What is compared with. */
  readonly before: RunRecord;
  /** What was asked for beside the parameters of that run: `rate=0.2`. */
  readonly given: readonly string[];
  /** How many nodes run for certain, and how many if their inputs change. */
  readonly run: number;
  readonly pending: number;
  readonly forecast: Forecast;
}

/** The request that a run was, for the pipeline as it is today. @throws UsageError, DefinitionError */
export function requestLike(
  { directory }: Cache,
  run: RunRecord,
  root: string,
  overrides: readonly Override[] = [],
): ResolvedRequest {
  const recorded = { source: `run ${run.id}`, setting: { own: { recorded: run.params as CanonicalValue } } };
  return resolveRequest({
    pipeline: join(root, run.source),
    workingDirectory: root,
    cacheDirectory: directory,
    layers: [recorded],
    overrides,
    seed: run.seed,
    ...(run.backend === 'none' ? {} : { backend: run.backend }),
  });
}

/** @param root directory of the project. @throws RestageError if the pipeline as it is now is wrong */
export async function whyNow(
  cache: Cache,
  before: RunRecord,
  root: string,
  overrides: readonly Override[] = [],
): Promise<WhyNow> {
  const prepared = await prepare(cache, requestLike(cache, before, root, overrides));
  const { comparison } = compareSides(cache, runSide(cache.query, before), planSide(cache, prepared));
  const count = (status: string): number => prepared.steps.filter((step) => step.status === status).length;
  return {
    kind: 'why-now',
    before,
    given: overrides.map(overrideWord),
    ...comparison,
    run: count('run'),
    pending: count('pending'),
    forecast: forecast(
      cache,
      workOf(prepared, (node) => ['run', 'pending'].includes(prepared.steps[node]!.status)),
    ),
  };
}

/** The nodes that would run, as a forecast takes them. */
export function workOf({ definition: { graph } }: PreparedRun, runs: (node: number) => boolean): readonly Work[] {
  return graph.nodes.flatMap(({ id, stage, inputs }, index) => {
    if (!runs(index)) return [];
    const takes = inputs.flatMap(({ from }) => ('node' in from ? [graph.nodes[from.node]!.id] : []));
    return [{ node: id, stage, takes: [...new Set(takes)] }];
  });
}
