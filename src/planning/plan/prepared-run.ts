/**
 * A request made ready, in a cache that is given: the pipeline loaded, its keys worked out, the plan made. `run`, `plan` and
 * `status` all start here. Everything that can be known before a stage runs is found, and refused, by this file.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Field } from '../../core/identity/cache-key.ts';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import type { Digest } from '../../core/identity/digest.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { type Compute, resolveCompute, type Surroundings, surroundingsIn } from '../../identity/compute/backend.ts';
import { type Definition, loadDefinition } from '../definition/definition.ts';
import { type DeviceProbe, nvidiaDevices } from '../../identity/compute/devices.ts';
import { type Conditions, fieldMaker } from '../../identity/node-fields.ts';
import { explain, type KnownState, type Lookups, planGraph, type Step } from './planner.ts';
import type { Project } from '../request/project.ts';
import type { PipelineRequest } from '../request/request.ts';
import { type Selection, select } from '../request/targets.ts';

export interface Session {
  readonly definition: Definition;
  readonly conditions: Conditions;
  /** Ids of the devices that compute stages take one of; none where they compute on the CPU. */
  readonly devices: readonly string[];
  readonly selection: Selection;
  readonly fieldsOf: (node: number) => readonly Field[];
  /** Sizes and digests of the user's files; of a remote one, both are pinned. */
  readonly files: ReadonlyMap<string, { readonly digest: Digest; readonly bytes: number }>;
  readonly fileDigests: ReadonlyMap<string, Digest>;
  readonly steps: readonly Step[];
  /** Why there is no state of these fields, in one clause. */
  readonly explain: (stage: string, fields: readonly Field[]) => string;
}

/** @throws RestageError for whatever is wrong with the request or the definition */
export async function prepare(
  cache: Cache,
  project: Project,
  request: PipelineRequest,
  probe: DeviceProbe = nvidiaDevices,
): Promise<Session> {
  const workingDirectory = request.workingDirectory ?? process.cwd();
  const definition = await loadDefinition(cache, project, request.overrides ?? [], workingDirectory);
  const { graph, codes } = definition;
  const selection = select(graph, request);
  const compute = await resolveNeeded(graph, request, surroundingsIn(cache, project, probe));
  const conditions = conditionsOf(graph, request, compute);
  const makeFields = fieldMaker(conditions, codes);
  const made: (readonly Field[])[] = [];
  const fieldsOf = (node: number): readonly Field[] => (made[node] ??= makeFields(graph.nodes[node]!));
  const files = await hashFiles(cache, graph, selection.selected);
  const fileDigests = new Map([...files].map(([path, { digest }]) => [path, digest]));
  const lookups = lookupsIn(cache);
  const steps = planGraph({
    graph,
    selected: selection.selected,
    forced: selection.forced,
    fieldsOf,
    fileDigests,
    lookups,
  });
  checkOnly(graph, selection, steps);
  return {
    definition,
    conditions,
    devices: compute?.devices ?? [],
    selection,
    fieldsOf,
    files,
    fileDigests,
    steps,
    explain: (stage, fields) => explain(fields, lookups.recentFields(stage)),
  };
}

/** Null for a graph that computes nothing, unless something was asked for: what cannot be had is then said all the same. */
async function resolveNeeded(
  graph: Graph,
  { backend = 'auto', device = 'auto' }: PipelineRequest,
  surroundings: Surroundings,
): Promise<Compute | null> {
  const computes = graph.nodes.some((node) => node.compute);
  if (!computes && backend === 'auto' && device === 'auto') return null;
  return resolveCompute(backend, device, surroundings);
}

/** What the environment and the request fix for all nodes. @throws UsageError */
function conditionsOf(graph: Graph, { seed = 0 }: PipelineRequest, compute: Compute | null): Conditions {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`The seed ${seed} is no whole number from 0 to 2^53 - 1; give one with --seed N.`);
  const names = new Set(graph.nodes.flatMap((node) => node.env));
  return {
    seed,
    backend: compute?.backend ?? null,
    nodeMajor: Number.parseInt(process.versions.node, 10),
    env: Object.fromEntries([...names].map((name) => [name, process.env[name]])),
  };
}

async function hashFiles(
  cache: Cache,
  graph: Graph,
  selected: readonly boolean[],
): Promise<ReadonlyMap<string, { digest: Digest; bytes: number }>> {
  const users = new Map<string, string>();
  for (const [index, node] of graph.nodes.entries()) {
    for (const { slot, from } of node.inputs)
      if (selected[index] && 'file' in from && from.remote === undefined && !users.has(from.file))
        users.set(from.file, `input ${slot} of node ${node.id}`);
  }
  const files = new Map<string, { digest: Digest; bytes: number }>();
  for (const [path, user] of users) {
    try {
      checkReadable(path, user);
      files.set(path, await cache.memos.fileDigest(path));
    } catch (cause) {
      // What is a sentence already has an exit code; what has no code at all is a bug.
      if (cause instanceof UsageError || (cause as NodeJS.ErrnoException).code === undefined) throw cause;
      throw new UsageError(
        `The file ${path}, ${user}, cannot be read: ${(cause as Error).message}; check the path and its permissions.`,
        {
          cause,
        },
      );
    }
  }
  return files;
}

function checkReadable(path: string, user: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new UsageError(`The file ${path}, ${user}, does not exist${siblingHint(path)}; check the path.`);
  if (!stat.isFile()) throw new UsageError(`${path}, ${user}, is not a file; name a file.`);
}

/** A name in the same folder, or that the folder itself is missing. */
function siblingHint(path: string): string {
  const folder = dirname(path);
  try {
    return didYouMean(basename(path), readdirSync(folder));
  } catch {
    return `, nor can its folder ${folder} be read`;
  }
}

const RECENT_STATES = 16;

function lookupsIn(cache: Cache): Lookups {
  const known = (row: ReturnType<Cache['query']['states']['byKey']>): KnownState | undefined =>
    row === undefined ? undefined : { id: row.id, key: row.key, seconds: row.seconds, whole: cache.isComplete(row) };
  const recent = new Map<string, readonly (readonly Field[])[]>();
  return {
    byPlanKey: (key) => known(cache.query.states.byPlanKey(key)),
    byKey: (key) => known(cache.query.states.byKey(key)),
    outputDigest: (state, name) => {
      const output = cache.query.states.outputs(state).find((candidate) => candidate.name === name);
      if (output === undefined) throw new Error(`internal error: state ${state} has no output ${name}`);
      return output.digest;
    },
    recentFields: (stage) => {
      let fields = recent.get(stage);
      if (fields === undefined) {
        fields = cache.query.states.recent(stage, RECENT_STATES).map((state) => cache.query.states.fields(state));
        recent.set(stage, fields);
      }
      return fields;
    },
  };
}

function checkOnly(graph: Graph, { only }: Selection, steps: readonly Step[]): void {
  if (only === undefined) return;
  const missing = steps.findIndex(({ status }, index) => !only[index] && (status === 'run' || status === 'pending'));
  if (missing >= 0)
    throw new UsageError(
      `--only needs ${graph.nodes[missing]!.id} to be in the cache, and it is not; leave --only away, or run that node first.`,
    );
}
