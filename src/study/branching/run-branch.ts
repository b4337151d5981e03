/** Runs a branch of a run on record: `restage branch`. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Layer } from '../../core/params/setting.ts';
import type { DeviceProbe } from '../../identity/compute/devices.ts';
import { machineDevices } from '../../identity/compute/machine-devices.ts';
import { nodeTexts } from '../../planning/definition/graph-memo.ts';
import { loadGraph } from '../../planning/definition/load-graph.ts';
import { loadStageCode } from '../../planning/definition/stage-code.ts';
import { prepareDefinition } from '../../planning/plan/prepared-run.ts';
import type { RunAids } from '../../run/frame.ts';
import { runAs } from '../../run/run.ts';
import type { RunReport, RunRequest } from '../../run/request.ts';
import { Cache } from '../../store/cache.ts';
import type { Readers } from '../../store/query/readers.ts';
import { branchOff, type BranchedGraph } from './branch-off.ts';

export interface BranchRequest extends Omit<RunRequest, 'params' | 'seed' | 'targets' | 'until' | 'only' | 'force'> {
  /** The run that is branched off. */
  readonly run: number;
  /** The node whose state is branched off; null: as much of the run as the branch does not change. */
  readonly node: string | null;
  /** Absolute. */
  readonly cacheDirectory: string;
  /** The tag of the branch's run. */
  readonly as: string;
  /** Called with the plan, before anything runs. */
  readonly onBranched?: (branched: BranchedGraph) => void;
}

/** @throws RestageError if the request, the definition or the cache is wrong; nothing has run then */
export async function runBranch(
  request: BranchRequest,
  probe: DeviceProbe = machineDevices,
  aids: Pick<RunAids, 'openRemote'> = {},
): Promise<RunReport> {
  const { run: from, node, as: tag, layers = [], onBranched, ...given } = request;
  const origin = await Cache.using(Cache.openToLook(request.cacheDirectory), ({ query }) => {
    const { params, seed } = query.runs.get(from)!;
    return { params: params as CanonicalValue, seed, states: statesOf(query, from) };
  });
  const recorded: Layer = { source: `run ${from}`, setting: { own: { recorded: origin.params } } };
  let taken: BranchedGraph | undefined;
  return runAs(
    { ...given, layers: [recorded, ...layers], seed: origin.seed },
    async (cache, resolved, search, begins) => {
      const before = await loadGraph(cache, { ...resolved, layers: [recorded] }, begins);
      const { graph: after, env } = await loadGraph(cache, resolved, begins);
      const branched = branchOff(before.graph, after, { run: from, node, states: origin.states });
      taken = branched;
      onBranched?.(branched);
      const { graph } = branched;
      const stages = [...new Set(graph.nodes.map(({ stage }) => stage))].sort();
      const code = await loadStageCode(cache, resolved.project, stages, begins);
      const codes = new Map(code.stages.map((stage) => [stage.stage, stage]));
      // Nothing remembers the plan: the next branch is planned again.
      const definition = { env, graph, texts: nodeTexts(graph), textsKey: undefined, codes, files: undefined };
      const prepared = await prepareDefinition(cache, resolved, definition, search, begins);
      return { plan: prepared, prepared };
    },
    probe,
    {
      ...aids,
      async onEnd(cache, run) {
        if (taken !== undefined) recordKept(cache, run, taken, { run: from, states: origin.states });
        cache.record.tags.add({ run }, tag);
        cache.record.studies.addOrigin(run, { parent: from, node });
        await cache.record.flush();
        return [];
      },
    },
  );
}

/** A kept node is a hit: so the branch's run has all of its nodes, for whoever compares it. */
function recordKept(
  { record }: Cache,
  run: number,
  { kept, keptResults }: BranchedGraph,
  from: { readonly run: number; readonly states: ReadonlyMap<string, CacheKey> },
): void {
  for (const node of kept)
    record.visits.add({ run, node, outcome: 'hit', state: from.states.get(node)!, reason: `kept of run ${from.run}` });
  record.runs.addResults(run, keptResults);
}

/** The states of a run by node and, of a branch, those that it kept of the runs that it comes from. */
function statesOf(query: Readers, run: number): ReadonlyMap<string, CacheKey> {
  const states = new Map<string, CacheKey>();
  for (let at: number | undefined = run; at !== undefined; at = query.studies.origin(at)?.parent)
    for (const { node, key } of query.visits.statesOf(at)) if (!states.has(node)) states.set(node, key);
  return states;
}
