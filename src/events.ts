/**
 * A run is a stream of typed events. SQLite, the terminal view, plain text and NDJSON are readers of this one closed
 * union.
 *
 * Times are milliseconds since 1970 (UTC).
 */
import type { CanonicalValue } from './core/identity/canonical.ts';
import type { Access } from './core/authoring/access.ts';
import type { FailureClass } from './core/authoring/policy.ts';

export type RunEvent =
  | RunPreparing
  | RunStarted
  | RunPaused
  | NodeHit
  | NodeQueued
  | NodeHeld
  | NodeWaiting
  | NodeObserved
  | NodeStarted
  | NodeProgress
  | NodeMetric
  | NodeLog
  | NodeUndeclared
  | NodeRan
  | NodeAttemptFailed
  | NodeFailed
  | NodeSkipped
  | ExperimentRun
  | RunPushing
  | Notice
  | RunFinished;

/** A slow activity begins before `run-started`, while the run has no number yet. */
export interface RunPreparing {
  readonly type: 'run-preparing';
  readonly at: number;
  readonly activity: Preparation;
}

/**
 * `bundling`: the pipeline's file and the code of its stages. `planning`: which nodes are hits and which run.
 * `asking hosts`: a job of a cluster looks for what computes there.
 */
export type Preparation = 'bundling' | 'planning' | 'asking hosts';

export interface RunStarted {
  readonly type: 'run-started';
  readonly at: number;
  readonly run: number;
  readonly pipeline: string;
  readonly nodes: number;
  /** For each stage, in the graph's order: the number of its nodes, and the average seconds of its latest states. */
  readonly stages: readonly { readonly stage: string; readonly nodes: number; readonly seconds: number | null }[];
  readonly seed: number;
  readonly jobs: number;
  readonly backend: string;
  /** Of the run of an experiment (`restage ablate`): what its nodes are for. */
  readonly experiment?: ExperimentOutline;
}

/** An experiment that runs as one graph: its runs are its branches with their seeds. */
export interface ExperimentOutline {
  readonly name: string;
  /** The runs of the base first, and each branch's together. */
  readonly runs: readonly { readonly branch: string; readonly seed: number }[];
  /** By what the branches are judged; the first counts most. */
  readonly metrics: readonly { readonly name: string; readonly better: 'higher' | 'lower' }[];
  /** For each node, which runs need it: positions in `runs`. The first one's branch and seed are in the node's name. */
  readonly nodes: Readonly<Record<string, readonly number[]>>;
}

/** From now on the run starts nothing new, or (`paused: false`) starts nodes again. Running nodes continue. */
export interface RunPaused {
  readonly type: 'run-paused';
  readonly at: number;
  readonly paused: boolean;
}

interface NodeEvent {
  readonly at: number;
  readonly node: string;
  readonly stage: string;
}

/** The node's state existed: nothing ran. `cut-off` (early cutoff): an input ran again and gave the same bytes. */
export interface NodeHit extends NodeEvent {
  readonly type: 'node-hit';
  readonly how: 'hit' | 'cut-off';
  readonly state: string;
  /** Of a state that did not exist when the run began: who made it meanwhile. */
  readonly madeBy?: MadeBy;
  /** Of a state that the node's key means by an equivalence (`restage accept`). */
  readonly accepted?: Accepted;
  /** Of a state that came from a remote during the run: the name of the remote. */
  readonly from?: string;
}

/** An equivalence: its number, and who accepted it, when and why, in one clause. */
export interface Accepted {
  readonly id: number;
  readonly text: string;
}

/** Another run, which this one waited for, or another node of this run with the same key. */
export interface MadeBy {
  readonly run: number;
  readonly node: string;
}

/** The node will run as soon as its pools have room. */
export interface NodeQueued extends NodeEvent {
  readonly type: 'node-queued';
  readonly reason: string;
}

/**
 * A device is free for the node, and others of its stage that can go together with it are about to come: it waits for
 * them. It names one of those that wait together, and comes again when their number changes. Ends with `node-queued`,
 * `node-waiting`, `node-skipped` or the run's end.
 */
export interface NodeHeld extends NodeEvent {
  readonly type: 'node-held';
  /** For how many others it waits. */
  readonly more: number;
  /** How much longer, at most. */
  readonly seconds: number;
}

/**
 * Another process holds the lease on the node's key. Ends with `node-hit`, `node-queued`, `node-skipped` or the run's
 * end.
 */
export interface NodeWaiting extends NodeEvent {
  readonly type: 'node-waiting';
  /** The run that makes the state; null if it is unknown. */
  readonly run: number | null;
}

/**
 * The known state of an attempt that executes elsewhere, such as on a cluster. `unknown`: nobody could be asked about
 * it.
 */
export interface NodeObserved extends NodeEvent {
  readonly type: 'node-observed';
  readonly state: 'waiting' | 'running' | 'unknown';
  /** Where it is, such as a host and a job number. */
  readonly note: string | null;
  /** Why it waits, or why nobody knows; null if that is not said. */
  readonly why: string | null;
}

export interface NodeStarted extends NodeEvent {
  readonly type: 'node-started';
  readonly attempt: number;
  readonly worker: string;
  readonly backend: string | null;
  /** Its parameters; null if they are not on record yet, because another process makes the state. */
  readonly params: CanonicalValue;
}

export interface NodeProgress extends NodeEvent {
  readonly type: 'node-progress';
  readonly done: number;
  readonly total: number;
  readonly note: string | null;
}

export interface NodeMetric extends NodeEvent {
  readonly type: 'node-metric';
  readonly name: string;
  readonly value: number;
  readonly step: number | null;
}

export interface NodeLog extends NodeEvent {
  readonly type: 'node-log';
  readonly stream: 'log' | 'stdout' | 'stderr';
  readonly text: string;
}

/** The stage reached something that it does not declare, as `access` says; told once for each such thing. */
export interface NodeUndeclared extends NodeEvent {
  readonly type: 'node-undeclared';
  readonly access: Omit<Access, 'count' | 'declared'>;
  /** One sentence: what it did, where, and what the author can do. */
  readonly text: string;
}

export interface NodeRan extends NodeEvent {
  readonly type: 'node-ran';
  readonly state: string;
  readonly seconds: number;
  readonly peakMiB: number | null;
}

/** An attempt failed and another one follows. */
export interface NodeAttemptFailed extends NodeEvent {
  readonly type: 'node-attempt-failed';
  readonly attempt: number;
  readonly failure: Failure;
}

export interface NodeFailed extends NodeEvent {
  readonly type: 'node-failed';
  readonly failure: Failure;
}

/** The node could not run because `because` failed; null if the run was interrupted, or has left it to the next run. */
export interface NodeSkipped extends NodeEvent {
  readonly type: 'node-skipped';
  readonly because: string | null;
  /** Only where the run was detached, and has left the node to the next one. */
  readonly left?: LeftNode;
}

/** How a node is that a detached run has left: its attempt goes on on another host, or it waits to be begun. */
export type LeftNode = 'elsewhere' | 'waiting';

/** A branch of an experiment is complete with a seed: all nodes that it needs have a state. */
export interface ExperimentRun {
  readonly type: 'experiment-run';
  readonly at: number;
  readonly branch: string;
  readonly seed: number;
  /** By metric, the mean over the folds of a cross-validation; null for a metric that is missing or not a number. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** All nodes have ended, and the run waits until the states that it made are at its remote. */
export interface RunPushing {
  readonly type: 'run-pushing';
  readonly at: number;
  readonly remote: string;
  /** How many states are still to be pushed. */
  readonly left: number;
}

/** Something that the user should know and that stops nothing: a healed object, a network file system. */
export interface Notice {
  readonly type: 'notice';
  readonly at: number;
  readonly text: string;
}

export interface RunFinished {
  readonly type: 'run-finished';
  readonly at: number;
  readonly run: number;
  readonly outcome: RunOutcome;
  readonly seconds: number;
  readonly counts: Readonly<Record<VisitOutcome, number>>;
  /** Seconds that it took to make the states that were hits in this run. */
  readonly savedSeconds: number;
  /** Of a run with a remote that was not up to date. */
  readonly remote?: RemoteTraffic;
}

/** What came from a remote during a run, and what went to it. */
export interface RemoteTraffic {
  readonly name: string;
  readonly taken: { readonly states: number; readonly bytes: number };
  readonly pushed: { readonly states: number; readonly bytes: number };
  /** States that the run made and that are not there. */
  readonly left: number;
  /** States that could not be used: their bytes are wrong, or others than those here. */
  readonly unused: number;
  /** Whether the run itself was pushed. */
  readonly isRunThere: boolean;
}

/** `detached`: it ended before attempts that go on elsewhere, as it was asked to. */
export type RunOutcome = 'ok' | 'failed' | 'interrupted' | 'detached';
export type VisitOutcome = 'hit' | 'cut-off' | 'ran' | 'failed' | 'skipped';

/** Why an attempt failed, as recorded. */
export interface Failure {
  readonly class: FailureClass;
  /** One sentence. */
  readonly message: string;
  /** The stack trace of an exception other than a DataError, with the author's own files and lines. */
  readonly stack: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
}
