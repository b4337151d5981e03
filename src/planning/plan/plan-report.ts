/** The plan in the form that is shown: what a run would do about every node, and why. */
import type { ExperimentOutline } from '../../events.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { RecordedInput } from './outside/recorded-inputs.ts';

/** What a run would do about a node. */
export type PlannedStatus =
  /** Its state is in the cache. */
  | 'hit'
  /** It runs. */
  | 'run'
  /** An input runs; whether this node runs depends on the result. */
  | 'pending';

export interface PlannedNode {
  readonly node: string;
  readonly stage: string;
  readonly status: PlannedStatus;
  /** One clause: why it is not a hit, or who accepted its state and why; empty for any other hit. */
  readonly reason: string;
  /** Seconds that the node, or else the latest state of its stage, took; null if none was ever recorded. */
  readonly seconds: number | null;
}

/** `missing`: its bytes are not in the cache, and a node that takes them has them made again from the record. */
export type PlannedInput = RecordedInput & { readonly missing: boolean };

export interface PlanReport {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  /** The selected nodes, in topological order. */
  readonly nodes: readonly PlannedNode[];
  readonly counts: Readonly<Record<PlannedStatus, number>>;
  /** Outputs on record that nodes take (`stateOutput`), and what each reference names now. */
  readonly recordedInputs: readonly PlannedInput[];
  /** What was found out on the way, and is told once: a sentence each. */
  readonly notices: readonly string[];
  /** Of an experiment: which of its branches need which nodes. */
  readonly experiment?: ExperimentOutline;
  readonly cacheDirectory: string;
}
