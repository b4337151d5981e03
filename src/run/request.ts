/** The request of a run, and its report. */
import { defaultJobs } from '../identity/environment/default-jobs.ts';
import type { BatchPolicy } from '../core/authoring/batch-options.ts';
import type { CanonicalValue } from '../core/identity/canonical.ts';
import type { Digest } from '../core/identity/digest.ts';
import { UsageError } from '../errors.ts';
import type { Failure, RemoteTraffic, RunEvent, RunOutcome, VisitOutcome } from '../events.ts';
import type { RunLimits } from '../execution/scheduling/budget.ts';
import type { PauseSwitch } from '../execution/scheduling/pause-switch.ts';
import { type ResolvedRequest, resolveRequest } from '../planning/request/resolve-request.ts';
import { projectSettings } from '../planning/request/settings.ts';
import type { PipelineRequest } from '../planning/request/request.ts';

export interface RunRequest extends PipelineRequest {
  /** CPU slots, and so the maximum number of workers; default: the number of cores. */
  readonly jobs?: number;
  /** Sizes of the named pools that nodes ask for. */
  readonly pools?: Readonly<Record<string, number>>;
  /** Stop after this many failures; default: continue with every node that does not depend on a failed one. */
  readonly maxFailures?: number;
  /**
   * Whether a stage fails that reaches something that it does not declare, and no state is used that was made so;
   * default: the setting of the project.
   */
  readonly strict?: boolean;
  /**
   * Whether each stage executes in a worker process that executes nothing else; default: the setting of the project.
   */
  readonly isolate?: boolean;
  /** The executor of nodes whose policy names none, such as `slurm`; default: a worker of this machine. */
  readonly executor?: string;
  /**
   * Whether the run ends as soon as all that is left executes elsewhere, such as in a queue of Slurm, and goes on
   * there.
   */
  readonly detach?: boolean;
  /** Whether the digests of what stages trace go on record, so that `verify` can compare with them; default: no. */
  readonly trace?: boolean;
  /** Nothing is started that would exceed them by what it took before; what is finished is kept. */
  readonly limits?: RunLimits;
  /** Recorded with the run. */
  readonly argv?: readonly string[];
  /**
   * Aborting interrupts the run: finished states are kept. A plan that waits for a job of a cluster ends with its
   * reason.
   */
  readonly signal?: AbortSignal;
  /** While it is on, the run starts nothing new. */
  readonly pause?: PauseSwitch;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface ResolvedRun extends ResolvedRequest {
  readonly jobs: number;
  readonly pools: Readonly<Record<string, number>>;
  readonly maxFailures: number;
  readonly strict: boolean;
  readonly isolate: boolean;
  readonly executor: string | undefined;
  /** What every node asks a batch system for. */
  readonly batch: BatchPolicy;
  readonly detach: boolean;
  readonly trace: boolean;
  readonly limits: RunLimits | undefined;
  /** What the objects of the cache may take, by the settings of the project; null for any amount. */
  readonly maxBytes: number | null;
  readonly argv: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly pause: PauseSwitch | undefined;
  readonly onEvent: (event: RunEvent) => void;
}

/** Fills in every default, as `resolveRequest` does. @throws UsageError, DefinitionError */
export function resolveRun(request: RunRequest): ResolvedRun {
  const { jobs = defaultJobs(), pools = {}, maxFailures = Number.POSITIVE_INFINITY } = request;
  const { argv = [], trace = false, detach = false, limits, signal, pause, onEvent = () => undefined } = request;
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new UsageError(`The number of jobs must be a whole number of at least 1, not ${jobs}; give one with -j N.`);
  const resolved = resolveRequest(request);
  const settings = projectSettings(resolved.project.root);
  const { strict = settings.strict, isolate = settings.isolate } = request;
  const { executor = settings.executor } = request;
  const { cache, batch } = settings;
  const { maxBytes } = cache;
  const options = { strict, isolate, maxBytes, executor, batch, detach, trace, jobs, pools, maxFailures, limits };
  return { ...resolved, ...options, argv, signal, pause, onEvent };
}

export interface RunReport {
  readonly run: number;
  readonly pipeline: string;
  readonly outcome: RunOutcome;
  readonly seconds: number;
  readonly savedSeconds: number;
  readonly counts: Readonly<Record<VisitOutcome, number>>;
  /** The pipeline's results whose nodes have outputs. */
  readonly results: readonly ResultValue[];
  readonly failures: readonly { readonly node: string; readonly failure: Failure }[];
  /** How many attempts go on elsewhere: the run did not wait for them, and the next one does. Absent if none does. */
  readonly goingOn?: number;
  /** Of a run with a remote that was not up to date: what came from there, and what went there. */
  readonly remote?: RemoteTraffic;
  readonly cacheDirectory: string;
}

export interface ResultValue {
  readonly name: string;
  readonly node: string;
  readonly output: string;
  readonly kind: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** The value itself where it is JSON or text of at most 4 KiB. */
  readonly value?: CanonicalValue;
}
