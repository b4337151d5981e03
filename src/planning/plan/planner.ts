/**
 * The planner: which nodes are hits, which run and why, which depend on what comes out above them.
 *
 * A pure function of the graph, the fields of its nodes and what the record knows; the look-ups are given to it.
 */
import { cacheKey, diffFields, type Field, planKey } from '../../core/identity/cache-key.ts';
import type { CacheKey, Digest, PlanKey } from '../../core/identity/digest.ts';
import type { FileRef } from '../../core/authoring/file-ref.ts';
import type { Graph, GraphInput } from '../../core/graph/graph.ts';
import { plannedOutput, withInputs } from '../../identity/node-fields.ts';
import type { HitStep, KnownState, Step } from './plan.ts';

/** What the planner asks of the record. */
export interface Lookups {
  byPlanKey(key: PlanKey): KnownState | undefined;
  byKey(key: CacheKey): KnownState | undefined;
  /** The digest of an output of a state that is there. */
  outputDigest(state: number, output: string): Digest;
  /** Fields of the latest states of a stage, newest first: what a miss is explained by. */
  recentFields(stage: string): readonly (readonly Field[])[];
}

export interface PlannerInput {
  readonly graph: Graph;
  /** Nodes that take part; the others are left out of the plan. */
  readonly selected: readonly boolean[];
  /** Nodes that run although their state is there. */
  readonly forced: readonly boolean[];
  /** The fields of a node but for its inputs. */
  readonly fieldsOf: (node: number) => readonly Field[];
  readonly fileDigests: ReadonlyMap<string, Digest>;
  readonly lookups: Lookups;
}

/** Why a node runs whose state is there without its bytes. */
export const LOST_OUTPUT = 'an output is missing from the cache';

export function planGraph({ graph, selected, forced, fieldsOf, fileDigests, lookups }: PlannerInput): readonly Step[] {
  const steps: Step[] = [];
  const planKeyOf = (index: number): PlanKey => {
    const step = steps[index]!;
    if (step.status === 'excluded')
      throw new Error(`internal error: node ${graph.nodes[index]!.id} is needed and was left out`);
    return step.planKey;
  };
  for (const [index, node] of graph.nodes.entries()) {
    if (!selected[index]) {
      steps.push({ status: 'excluded' });
      continue;
    }
    const fields = fieldsOf(index);
    const key = planKey(
      withInputs(fields, node.inputs, ({ from }) =>
        'file' in from ? fileDigest(fileDigests, from) : plannedOutput(planKeyOf(from.node), from.output),
      ),
    );
    steps.push(step(index, key, fields));
  }
  return steps;

  function step(index: number, key: PlanKey, fields: readonly Field[]): Step {
    const node = graph.nodes[index]!;
    const isForced = forced[index] ?? false;
    const running = node.inputs.find(({ from }) => 'node' in from && steps[from.node]!.status !== 'hit');
    const planned = lookups.byPlanKey(key);
    if (planned?.whole === true && !isForced) return { status: 'hit', planKey: key, state: planned, planned: true };
    if (running !== undefined) {
      const above = graph.nodes[(running.from as { node: number }).node]!.id;
      return { status: 'pending', planKey: key, reason: `waits for ${above}`, forced: isForced };
    }
    const complete = contentFields(graph, index, fields, fileDigests, (from) =>
      lookups.outputDigest((steps[from.node] as HitStep).state.id, from.output),
    );
    const content = cacheKey(complete);
    const state = planned ?? lookups.byKey(content);
    if (state?.whole === true && !isForced) return { status: 'hit', planKey: key, state, planned: false };
    const reason =
      state === undefined ? explain(complete, lookups.recentFields(node.stage)) : isForced ? 'forced' : LOST_OUTPUT;
    return { status: 'run', planKey: key, key: content, fields: complete, reason };
  }
}

/** A node's fields with its actual inputs. */
export function contentFields(
  graph: Graph,
  index: number,
  fields: readonly Field[],
  fileDigests: ReadonlyMap<string, Digest>,
  outputDigest: (from: { readonly node: number; readonly output: string }) => Digest,
): readonly Field[] {
  return withInputs(fields, graph.nodes[index]!.inputs, ({ from }: GraphInput) =>
    'file' in from ? fileDigest(fileDigests, from) : outputDigest(from),
  );
}

/** Why there is no such state, in one clause: the fields in which it differs from the nearest one of its stage. */
export function explain(fields: readonly Field[], recent: readonly (readonly Field[])[]): string {
  const digests = new Map(fields.map(({ name, digest }) => [name, digest]));
  let nearest: readonly Field[] | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of recent) {
    const distance = distanceTo(candidate, digests);
    if (distance < fewest) [nearest, fewest] = [candidate, distance];
  }
  if (nearest === undefined) return 'never run';
  const changes = diffFields(nearest, fields);
  const shown = changes.slice(0, SHOWN_CHANGES).map(({ name, before, after }) => {
    if (name === 'code') return 'code changed';
    if (before === undefined) return `${name} is new`;
    if (after === undefined) return `${name} is gone`;
    return name.startsWith('in.') || before.preview === after.preview
      ? `${name} changed`
      : `${name} ${before.preview} -> ${after.preview}`;
  });
  const more = changes.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const SHOWN_CHANGES = 3;

/** As many as `diffFields` would list. That is for the nearest alone: to list and to sort takes most of the time. */
function distanceTo(candidate: readonly Field[], digests: ReadonlyMap<string, Digest>): number {
  let common = 0;
  let same = 0;
  for (const { name, digest } of candidate) {
    const other = digests.get(name);
    if (other === undefined) continue;
    common++;
    if (other === digest) same++;
  }
  return candidate.length + digests.size - common - same;
}

function fileDigest(digests: ReadonlyMap<string, Digest>, { file, remote }: FileRef): Digest {
  const digest = remote?.sha256 ?? digests.get(file);
  if (digest === undefined) throw new Error(`internal error: ${file} was not hashed`);
  return digest;
}
