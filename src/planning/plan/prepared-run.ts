/**
 * A run that is ready to execute: the pipeline is loaded, its keys are computed, the plan is made. This file finds and
 * refuses every error that can be known before a stage runs.
 */
import { cacheKey, type Field } from '../../core/identity/cache-key.ts';
import { type Graph, type GraphNode, oneOfEachStage } from '../../core/graph/graph.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { PipelineId } from '../../store/query/runs.ts';
import { type BackendSearch, backendSearchIn } from '../../identity/compute/backend.ts';
import type { ComputeAt } from '../../identity/compute/elsewhere.ts';
import type { Begins } from '../definition/begins.ts';
import { type Definition, loadDefinition } from '../definition/definition.ts';
import { machineDevices } from '../../identity/compute/machine-devices.ts';
import { areSameSecrets, type SecretDigests } from './conditions/secret-digests.ts';
import { settledConditions } from './conditions/settled-conditions.ts';
import { type Conditions, fieldMaker } from '../../identity/node-fields.ts';
import type { AcceptedStates } from './equivalence/accepted-states.ts';
import { takenOver } from './equivalence/taken-over.ts';
import { type ContentKey, withEquivalences } from './equivalence/equivalences-used.ts';
import type { KnownState, Plan, Step } from './plan.ts';
import { nearestRun, type RememberedRun } from './earlier/complete-runs.ts';
import { cutoffBy, type Made } from './earlier/cutoff.ts';
import { type EarlierPlan, earlierPlan } from './earlier/earlier-plan.ts';
import { stageTexts } from './conditions/stage-text.ts';
import { comparableStates } from './reasons/comparable-states.ts';
import { explain } from './reasons/explain.ts';
import { formerNames } from './reasons/former-names.ts';
import { hashFiles, type HashedFiles } from './outside/hashed-files.ts';
import type { OutsideDigests } from './outside/outside.ts';
import { outputDigest } from './outside/output-digest.ts';
import { contentFields, type Lookups, planGraph } from './planner.ts';
import { Repetitions } from '../repetition/repetitions.ts';
import { namedInGraph } from './outside/recorded-targets.ts';
import { checkBytes, type RecordedInputs, recordedInputs } from './outside/recorded-inputs.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import { type Selection, select } from '../request/targets.ts';

export interface PreparedRun extends Plan {
  readonly definition: Definition;
  readonly conditions: Conditions;
  /** The secrets that it needs, as a later plan compares them; undefined if it needs none. */
  readonly secretDigests: SecretDigests | undefined;
  /** Ids of the devices of which a compute stage takes one; empty if they compute on the CPU. */
  readonly devices: readonly string[];
  /** Whether compute nodes have the same bits alone and in one program with others. */
  readonly sameBitsTogether: boolean;
  /** Where what computes was looked for; undefined where nothing but this machine could be meant. */
  readonly computeAt: ComputeAt | undefined;
  readonly selection: Selection;
  /** By node: of two, the one with the lower rank is started first. Undefined: the one with the longer path below. */
  readonly ranks?: Uint32Array;
  /** Id of the newest state on record when the plan was made: a later one was made meanwhile. */
  readonly newestState: number;
  readonly fieldsOf: (node: number) => readonly Field[];
  /** The cache key of a node, if its inputs have these digests. */
  readonly contentKey: ContentKey;
  /** Undefined where no equivalence is on record. */
  readonly accepted: AcceptedStates | undefined;
  /** How many equivalences were over when the plan was made. */
  readonly endedEquivalences: number;
  /** Sizes and digests of the user's files; both are pinned for a remote file. */
  readonly files: HashedFiles;
  readonly fileDigests: OutsideDigests;
  readonly recorded: RecordedInputs;
  /** For outputs on record whose bytes are missing. */
  readonly repetitions: Repetitions;
  /** The values that all nodes of a stage share, for comparison with other runs. */
  readonly stageText: (stage: string) => string;
  /** The complete run that the plan is based on; undefined if there was none. */
  readonly base: RememberedRun | undefined;
  /** The plan of `base`, compared with the graph. */
  readonly earlier: EarlierPlan | undefined;
  /**
   * The state of a node whose producers all have one, if only their keys are new: the node is defined as in `base`, and
   * its inputs have the same bytes. `made` returns the result of a producer. Undefined means: look it up.
   */
  readonly cutoff: (node: number, made: (producer: number) => Made) => KnownState | undefined;
  /** Why there is no state of these fields, in one clause. */
  readonly explain: (node: GraphNode, fields: readonly Field[]) => string;
}

/** @throws RestageError if the request or the definition is wrong */
export async function prepare(
  cache: Cache,
  request: ResolvedRequest,
  search: BackendSearch = backendSearchIn(cache, request.project, machineDevices),
  begins?: Begins,
): Promise<PreparedRun> {
  return prepareDefinition(cache, request, await loadDefinition(cache, request, begins), search, begins);
}

/** The same for a definition that is loaded. @throws RestageError if the request or the definition is wrong */
export async function prepareDefinition(
  cache: Cache,
  request: ResolvedRequest,
  definition: Definition,
  search: BackendSearch,
  begins?: Begins,
): Promise<PreparedRun> {
  begins?.('planning');
  const { graph, codes } = definition;
  const { source, root } = request.project;
  const pipeline = { name: graph.pipeline, source, root };
  const selection = select(graph, namedInGraph(cache, graph, request, pipeline));
  const { selected, forced } = selection;
  const stages = oneOfEachStage(graph);
  const settled = await settledConditions(cache, request, definition, { stages, selected }, search);
  const { conditions, found, secretDigests } = settled;
  const fields = fieldMaker(conditions, codes);
  const files = await hashFiles(cache, graph, selected);
  const recorded = recordedInputs(cache, graph, selected, pipeline);
  const fileDigests = new Map([...files, ...recorded].map(([name, { digest }]) => [name, digest]));
  const newestState = cache.query.states.newest();
  // Counted first: what ends from here on makes the plan one that is not remembered for later ones.
  const endedEquivalences = cache.query.equivalences.ended();
  const lookups = lookupsIn(cache, pipeline, newestState);
  const stageText = stageTexts(stages, fields.ofStage, conditions.seed);
  const nearest = nearestRun(cache, request, graph.params, endedEquivalences);
  // A node is defined as before only if its secrets are as before.
  const base = nearest && areSameSecrets(nearest.secrets, secretDigests) ? nearest : undefined;
  const earlier = base && earlierPlan(base, graph, definition.texts, stageText, fileDigests);
  const fieldsOf = keptFields(
    (node) => fields.of(graph.nodes[node]!),
    (node) => earlier?.isSame(node) !== true,
  );
  const contentKey: PreparedRun['contentKey'] = (node, digestOf) =>
    cacheKey(contentFields(graph, node, fieldsOf(node), fileDigests, digestOf));
  const nodes = { graph, files, recorded, pipeline, codes, seed: conditions.seed };
  const { accepted, notices, ...planned } = takenOver(cache, nodes, (given) =>
    planGraph({ graph, selected, forced, fieldsOf, fileDigests, lookups, earlier, accepted: given }),
  );
  const steps = withEquivalences(cache, graph, planned.steps, contentKey);
  checkOnly(graph, selection, steps);
  const repetitions = new Repetitions(cache, { root, search });
  await checkBytes(graph, (node) => ['run', 'pending'].includes(steps[node]!.status), recorded, repetitions);
  return {
    pipeline: graph.pipeline,
    params: graph.params,
    backend: conditions.backend,
    nodes: graph.nodes.map(({ id, stage, tags }, index) => ({ id, stage, tags, nameId: earlier?.nameId(index) })),
    results: graph.results,
    recordedInputs: [...recorded.values()],
    ...{ notices, steps, definition, conditions, secretDigests, selection, newestState, fieldsOf, contentKey },
    devices: found?.compute.devices ?? [],
    sameBitsTogether: found?.compute.sameBitsTogether ?? false,
    computeAt: found?.at,
    ...{ accepted, endedEquivalences, files, fileDigests, recorded, repetitions, stageText, base, earlier },
    cutoff: cutoffBy(graph, earlier, (state) => cache.query.states.outputs(state)),
    explain: (node, given) => explain(given, lookups.comparable(node.id, node.stage, formerNames(node))),
  };
}

function lookupsIn(cache: Cache, pipeline: PipelineId, newestState: number): Lookups {
  const known = (row: ReturnType<Cache['query']['states']['byKey']>): KnownState | undefined =>
    row === undefined ? undefined : { id: row.id, key: row.key, seconds: row.seconds, complete: cache.isComplete(row) };
  return {
    byPlanKeys: (keys) => cache.query.states.byPlanKeys(keys).map(known),
    byKey: (key) => known(cache.query.states.byKey(key)),
    outputDigest: (state, name) => outputDigest(cache, state, name),
    comparable: comparableStates(cache, pipeline, newestState),
  };
}

/**
 * Each node's fields. Those of a node that may run are asked for several times; the others, which can be thousands, are
 * not worth their memory.
 */
function keptFields(
  make: (node: number) => readonly Field[],
  mayRun: (node: number) => boolean,
): (node: number) => readonly Field[] {
  const kept = new Map<number, readonly Field[]>();
  return (node) => {
    let fields = kept.get(node);
    if (fields !== undefined) return fields;
    fields = make(node);
    if (mayRun(node)) kept.set(node, fields);
    return fields;
  };
}

function checkOnly(graph: Graph, { only }: Selection, steps: readonly Step[]): void {
  if (only === undefined) return;
  const missing = steps.findIndex(({ status }, index) => !only[index] && (status === 'run' || status === 'pending'));
  if (missing >= 0)
    throw new UsageError(
      `--only needs ${graph.nodes[missing]!.id} to be in the cache, but it is not; omit --only, or run that node first.`,
    );
}
