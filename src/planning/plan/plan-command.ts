/** `plan`: what a run would do and why, without doing it. */
import { Cache } from '../../store/cache.ts';
import { backendSearchIn } from '../../identity/compute/backend.ts';
import type { ComputeElsewhere } from '../../identity/compute/elsewhere.ts';
import { machineDevices } from '../../identity/compute/machine-devices.ts';
import { type ResolvedRequest, resolveRequest } from '../request/resolve-request.ts';
import type { PipelineRequest } from '../request/request.ts';
import { makePlan } from './make-plan.ts';
import { acceptedBy } from './equivalence/accepted-states.ts';
import type { Plan, Step } from './plan.ts';
import type { RecordedInput } from './outside/recorded-inputs.ts';
import type { PlannedNode, PlannedStatus, PlanReport } from './plan-report.ts';

/** @throws RestageError */
export async function plan(request: PipelineRequest): Promise<PlanReport> {
  const resolved = resolveRequest(request);
  return Cache.using(Cache.openToLook(resolved.cacheDirectory), (cache) => planIn(cache, resolved));
}

/**
 * The same in an open cache.
 * @param planning makes the plan
 * @param elsewhere where nodes compute that do not compute here
 * @throws RestageError
 */
export async function planIn(
  cache: Cache,
  request: ResolvedRequest,
  planning = makePlan,
  elsewhere?: ComputeElsewhere,
): Promise<PlanReport> {
  const search = { ...backendSearchIn(cache, request.project, machineDevices), ...(elsewhere && { elsewhere }) };
  const made = await planning(cache, request, search);
  await cache.record.flush();
  return { ...reportOf(cache, made.plan), cacheDirectory: cache.directory };
}

function reportOf(
  cache: Cache,
  { pipeline, params, nodes, steps, recordedInputs, notices = [], experiment }: Plan,
): Omit<PlanReport, 'cacheDirectory'> {
  const counts: Record<PlannedStatus, number> = { hit: 0, run: 0, pending: 0 };
  const experienceOf = cache.query.costs.onceEach();
  const planned = nodes.flatMap(({ id, stage }, index): PlannedNode[] => {
    const step = steps[index]!;
    if (step.status === 'excluded') return [];
    counts[step.status] += 1;
    const seconds = step.status === 'hit' ? step.state.seconds : (experienceOf(stage)?.seconds ?? null);
    return [{ node: id, stage, status: step.status, reason: reasonOf(cache, step), seconds }];
  });
  const inputs = recordedInputs.map((input) => ({ ...input, missing: !isThere(cache, input) }));
  const outline = experiment === undefined ? {} : { experiment };
  return { pipeline, params, nodes: planned, counts, recordedInputs: inputs, notices, ...outline };
}

function reasonOf(cache: Cache, step: Exclude<Step, { readonly status: 'excluded' }>): string {
  if (step.status !== 'hit') return step.reason;
  return step.equivalence === undefined ? '' : acceptedBy(cache, step.equivalence).text;
}

function isThere({ query, objects }: Cache, { digest, bytes }: RecordedInput): boolean {
  return query.prefixes.artifacts(digest, 1)[0]?.inline != null || objects.has(digest, bytes);
}
