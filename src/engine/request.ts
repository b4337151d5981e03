/** What a caller asks of the engine, and what it gets back: the vocabulary that the command line and `restage` (the package) share. */
import type { CanonicalValue } from '../core/canonical.ts';
import type { Digest } from '../core/digest.ts';
import type { Override } from '../core/override.ts';
import type { Failure, RunEvent, RunOutcome, VisitOutcome } from '../events.ts';
import type { PauseSwitch } from './pause-switch.ts';

/** Which pipeline, with which parameters, under which conditions. */
export interface PipelineRequest {
  /** A folder with an index file, or a file, whose default export is a pipeline. */
  readonly pipeline: string;
  readonly overrides?: readonly Override[];
  /** Nodes (`train-fold@fold=3`), stages (`train-fold`, all instances) or outputs (`score.metrics`); default: everything. */
  readonly targets?: readonly string[];
  /** As targets, for `--until`: these and what they need. */
  readonly until?: readonly string[];
  /** As targets, but without what they need: that must be in the cache. */
  readonly only?: readonly string[];
  /** Default: `cache/` beside the nearest package.json of the pipeline. */
  readonly cacheDirectory?: string;
  /** Relative paths are meant from here; default: the process's. */
  readonly workingDirectory?: string;
  /** Backend by name, or `auto`. */
  readonly backend?: string;
  /** `cpu`, `gpu`, `gpu:N` or `auto`: what the backend computes on. */
  readonly device?: string;
  /** The run's seed, a non-negative integer; default 0. */
  readonly seed?: number;
  /** Run the targets (everything, without targets) even if their states are there. */
  readonly force?: boolean;
}

export interface RunRequest extends PipelineRequest {
  /** CPU slots: how many workers at once; default: the number of cores. */
  readonly jobs?: number;
  /** Sizes of the named pools that nodes ask for. */
  readonly pools?: Readonly<Record<string, number>>;
  /** Stop after this many failures; default: keep going with whatever does not depend on them. */
  readonly maxFailures?: number;
  /** Recorded with the run. */
  readonly argv?: readonly string[];
  /** Aborting interrupts the run: what is finished is kept. */
  readonly signal?: AbortSignal;
  /** While it is on, nothing new is started. */
  readonly pause?: PauseSwitch;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface RunReport {
  readonly run: number;
  readonly pipeline: string;
  readonly outcome: RunOutcome;
  readonly seconds: number;
  readonly savedSeconds: number;
  readonly counts: Readonly<Record<VisitOutcome, number>>;
  /** The pipeline's results that are there. */
  readonly results: readonly ResultValue[];
  readonly failures: readonly { readonly node: string; readonly failure: Failure }[];
  readonly cacheDirectory: string;
}

export interface ResultValue {
  readonly name: string;
  readonly node: string;
  readonly output: string;
  readonly kind: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** The value itself where it is JSON of at most 4 KiB. */
  readonly value?: CanonicalValue;
}

/** What would become of a node. */
export type PlannedStatus =
  /** Its state is there. */
  | 'hit'
  /** It runs. */
  | 'run'
  /** An input runs: whether this does depends on what comes out. */
  | 'pending';

export interface PlannedNode {
  readonly node: string;
  readonly stage: string;
  readonly status: PlannedStatus;
  /** One clause: why it is not a hit; empty for a hit. */
  readonly reason: string;
  /** Seconds that it, or the latest state of its stage, took; null if none was ever recorded. */
  readonly seconds: number | null;
}

export interface PlanReport {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  /** The selected nodes, in topological order. */
  readonly nodes: readonly PlannedNode[];
  readonly counts: Readonly<Record<PlannedStatus, number>>;
  readonly cacheDirectory: string;
}
