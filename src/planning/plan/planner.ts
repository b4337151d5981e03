/**
 * The planner: which nodes are hits, which run and why, and which depend on the outcome of others.
 *
 * A pure function of the graph, the fields of its nodes and the content of the record; the look-ups are given to it.
 */
import { cacheKey, type Field, planKey } from '../../core/identity/cache-key.ts';
import { valueDigest } from '../../core/identity/canonical.ts';
import type { CacheKey, Digest, PlanKey } from '../../core/identity/digest.ts';
import type { Graph, GraphInput } from '../../core/graph/graph.ts';
import type { AcceptedStates } from './equivalence/accepted-states.ts';
import type { Compare } from './reasons/comparable-states.ts';
import { explain } from './reasons/explain.ts';
import { formerNames } from './reasons/former-names.ts';
import { plannedOutput, withInputs } from '../../identity/node-fields.ts';
import type { EarlierPlan } from './earlier/earlier-plan.ts';
import { type Outside, outsideDigest, type OutsideDigests } from './outside/outside.ts';
import { LOST_OUTPUT } from './reasons/lost-output.ts';
import type { HitStep, KnownState, Step } from './plan.ts';

/** The planner's queries to the record. */
export interface Lookups {
  /** The states of these plan keys, in the same order. */
  byPlanKeys(keys: readonly PlanKey[]): readonly (KnownState | undefined)[];
  byKey(key: CacheKey): KnownState | undefined;
  /** The digest of an output of a state on record. */
  outputDigest(state: number, output: string): Digest;
  /** What is on record to explain a miss with. */
  readonly comparable: Compare;
}

export interface PlannerInput {
  readonly graph: Graph;
  /** Nodes that take part; the others are excluded. */
  readonly selected: readonly boolean[];
  /** Nodes that run although their state exists. */
  readonly forced: readonly boolean[];
  /** The fields of a node, without those of its inputs. */
  readonly fieldsOf: (node: number) => readonly Field[];
  readonly fileDigests: OutsideDigests;
  readonly lookups: Lookups;
  /** An earlier plan, which saves the computation of keys and look-ups, and never changes the outcome. */
  readonly earlier?: EarlierPlan | undefined;
  /** Undefined where no equivalence is on record. */
  readonly accepted?: AcceptedStates | undefined;
}

/**
 * Three passes. Plan keys need no state, so all of them come first. Then one look-up finds the states of all keys that
 * no earlier plan knows. Then each node gets its step.
 */
export function planGraph(input: PlannerInput): readonly Step[] {
  const keys = planKeys(input);
  const states = statesOf(input, keys);
  const { graph, selected, forced, fieldsOf, fileDigests, lookups, accepted } = input;
  const steps: Step[] = [];
  for (let index = 0; index < graph.nodes.length; index++)
    steps.push(selected[index] === true ? step(index, keys.of[index]!, states[index]) : EXCLUDED);
  return steps;

  function step(index: number, key: PlanKey, planned: KnownState | undefined): Step {
    const node = graph.nodes[index]!;
    const isForced = forced[index] ?? false;
    if (planned?.complete === true && !isForced) return { status: 'hit', planKey: key, state: planned, planned: true };
    const running = node.inputs.find(({ from }) => 'node' in from && steps[from.node]!.status !== 'hit');
    if (running !== undefined) {
      const above = (running.from as { node: number }).node;
      const reason = `waits for ${graph.nodes[above]!.id}`;
      return { status: 'pending', planKey: key, above, reason, forced: isForced };
    }
    const complete = contentFields(graph, index, fieldsOf(index), fileDigests, (from) =>
      lookups.outputDigest((steps[from.node] as HitStep).state.id, from.output),
    );
    const content = cacheKey(complete);
    const state = planned ?? lookups.byKey(content);
    if (state?.complete === true && !isForced) return { status: 'hit', planKey: key, state, planned: false };
    const equivalent = state === undefined && !isForced ? accepted?.byKey(content) : undefined;
    if (equivalent !== undefined) return { status: 'hit', planKey: key, planned: false, ...equivalent };
    const reason =
      state === undefined
        ? explain(complete, lookups.comparable(node.id, node.stage, formerNames(node)))
        : isForced
          ? 'forced'
          : LOST_OUTPUT;
    return { status: 'run', planKey: key, key: content, fields: complete, reason };
  }
}

const EXCLUDED: Step = { status: 'excluded' };

interface PlanKeys {
  /** By node; undefined for nodes that take no part. */
  readonly of: readonly (PlanKey | undefined)[];
  /** Nodes whose plan key is that of the node of the same name in the earlier plan. */
  readonly same: readonly boolean[];
}

function planKeys({ graph, selected, fieldsOf, fileDigests, earlier, accepted }: PlannerInput): PlanKeys {
  const of: (PlanKey | undefined)[] = [];
  const same: boolean[] = [];
  const isBelowSame = ({ from }: GraphInput): boolean => !('node' in from) || same[from.node]!;
  for (let index = 0; index < graph.nodes.length; index++) {
    const node = graph.nodes[index]!;
    if (selected[index] !== true) {
      of.push(undefined);
      same.push(false);
      continue;
    }
    const before = earlier?.planKey(index);
    const unchanged = node.inputs.every(isBelowSame) && earlier?.isSame(index) === true;
    const key = unchanged
      ? before!
      : planKey(withInputs(plannedFields(index), node.inputs, ({ from }) => inputDigest(from)));
    of.push(key);
    same.push(key === before);
  }
  return { of, same };

  function plannedFields(index: number): readonly Field[] {
    const ended = accepted?.ended(graph.nodes[index]!.stage) ?? 0;
    if (ended === 0) return fieldsOf(index);
    return [...fieldsOf(index), { name: 'equivalences', digest: valueDigest(ended), preview: String(ended) }];
  }

  function inputDigest(from: GraphInput['from']): Digest {
    if (!('node' in from)) return contentOf(fileDigests, from);
    const key = of[from.node];
    if (key === undefined) throw new Error(`internal error: node ${graph.nodes[from.node]!.id} is needed but excluded`);
    return plannedOutput(key, from.output);
  }
}

/** The states of the plan keys, by node: from the earlier plan, or by one look-up. */
function statesOf({ earlier, lookups }: PlannerInput, { of, same }: PlanKeys): readonly (KnownState | undefined)[] {
  const states: (KnownState | undefined)[] = [];
  const asked: number[] = [];
  const keys: PlanKey[] = [];
  for (let index = 0; index < of.length; index++) {
    const key = of[index];
    const known = same[index] === true ? earlier!.state(index) : undefined;
    states.push(known);
    if (known !== undefined || key === undefined) continue;
    asked.push(index);
    keys.push(key);
  }
  if (keys.length > 0) for (const [at, state] of lookups.byPlanKeys(keys).entries()) states[asked[at]!] = state;
  return states;
}

/** A node's fields with its actual inputs. */
export function contentFields(
  graph: Graph,
  index: number,
  fields: readonly Field[],
  fileDigests: OutsideDigests,
  outputDigest: (from: { readonly node: number; readonly output: string }) => Digest,
): readonly Field[] {
  return withInputs(fields, graph.nodes[index]!.inputs, ({ from }: GraphInput) =>
    'node' in from ? outputDigest(from) : contentOf(fileDigests, from),
  );
}

function contentOf(digests: OutsideDigests, from: Outside): Digest {
  const digest = outsideDigest(digests, from);
  if (digest === undefined) throw new Error(`internal error: nobody looked at the input ${JSON.stringify(from)}`);
  return digest;
}
