/** What a caller asks of a run, and what comes back. */
import type { CanonicalValue } from '../core/identity/canonical.ts';
import type { Digest } from '../core/identity/digest.ts';
import type { Failure, RunEvent, RunOutcome, VisitOutcome } from '../events.ts';
import type { PauseSwitch } from '../execution/pause-switch.ts';
import type { PipelineRequest } from '../planning/request/request.ts';

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
