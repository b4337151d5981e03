/**
 * The plan of a run: what happens to every node. It has the same form whether it was made from the graph or remembered
 * from a run since which nothing has changed.
 */
import type { ExperimentOutline } from '../../events.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import type { CacheKey, PlanKey } from '../../core/identity/digest.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { BackendIdentity } from '../../core/identity/backend-identity.ts';
import type { RecordedInput } from './outside/recorded-inputs.ts';

export interface Plan {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  /** The backend of compute stages; null if there are none. */
  readonly backend: BackendIdentity | null;
  /** In topological order. */
  readonly nodes: readonly PlanNode[];
  /** One for each node. */
  readonly steps: readonly Step[];
  readonly results: Graph['results'];
  /** Outputs on record that nodes take (`stateOutput`). */
  readonly recordedInputs: readonly RecordedInput[];
  /** What was found out on the way, and is told once: a sentence each. */
  readonly notices?: readonly string[];
  /** Of the run of an experiment: which of its branches need which nodes. */
  readonly experiment?: ExperimentOutline;
}

export interface PlanNode {
  readonly id: string;
  readonly stage: string;
  /** The node's tags; undefined if they are on record from an earlier run. */
  readonly tags?: readonly string[];
  /** Id of the node's name in the database, if known. */
  readonly nameId?: number | undefined;
}

export type Step = HitStep | RunStep | PendingStep | ExcludedStep;

/** A state on record. */
export interface KnownState {
  readonly id: number;
  readonly key: CacheKey;
  /** Seconds that it took to make the state. */
  readonly seconds: number;
  /** False when an output's bytes are missing: the state has to be made again. */
  readonly complete: boolean;
}

export interface HitStep {
  readonly status: 'hit';
  readonly planKey: PlanKey;
  readonly state: KnownState;
  /** False when the plan key is new: the inputs have the same bytes, computed in another way (early cutoff). */
  readonly planned: boolean;
  /** The row of the equivalence by which the node's key means this state; undefined if the state is that of the key. */
  readonly equivalence?: number | undefined;
}
export interface RunStep {
  readonly status: 'run';
  readonly planKey: PlanKey;
  readonly key: CacheKey;
  readonly fields: readonly Field[];
  readonly reason: string;
}
export interface PendingStep {
  readonly status: 'pending';
  readonly planKey: PlanKey;
  /** The first node that it waits for, which the reason names. */
  readonly above: number;
  readonly reason: string;
  readonly forced: boolean;
}
export interface ExcludedStep {
  readonly status: 'excluded';
}

/** Whether a run of this plan executes nothing, and records nothing except its visits. */
export function isUpToDate({ steps }: Plan): boolean {
  return steps.every((step) => step.status === 'excluded' || (step.status === 'hit' && step.planned));
}
