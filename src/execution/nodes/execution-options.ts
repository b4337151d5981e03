/** The options of an execution, and its report. */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Failure, RunEvent, VisitOutcome } from '../../events.ts';
import type { ExecutorChoice } from './executor-set.ts';
import type { Outputs } from './made-states.ts';
import type { StateSource } from '../repetition/state-source.ts';
import type { RunLimits } from '../scheduling/budget.ts';
import type { IdleWork } from '../scheduling/idle-work.ts';
import type { PauseSwitch } from '../scheduling/pause-switch.ts';

/** Calls `work` every so many milliseconds, until the returned function is called. */
export type Every = (milliseconds: number, work: () => void) => () => void;

export interface ExecutionOptions {
  /** The run's id on record. */
  readonly run: number;
  readonly jobs: number;
  readonly pools: Readonly<Record<string, number>>;
  /** The run starts nothing more after this many failures. */
  readonly maxFailures: number;
  /** Nothing is started that would exceed them; `since`: when the run began, as `now` tells it. */
  readonly limits?: (RunLimits & { readonly since: number }) | undefined;
  /** Whether a stage fails that reaches something that it does not declare. */
  readonly strict: boolean;
  /** Whether each attempt executes in a process of its own, whatever its node's policy says. */
  readonly isolate?: boolean;
  /** Whether it ends as soon as all that is left executes elsewhere, where it goes on; default false. */
  readonly detach?: boolean;
  readonly emit: (event: RunEvent) => void;
  readonly now: () => number;
  readonly every: Every;
  readonly pause: PauseSwitch | undefined;
  readonly executors: ExecutorChoice;
  /** Where the attempts at a state write what they trace; undefined if nobody looks. */
  readonly traceFileOf?: ((state: CacheKey) => string) | undefined;
  /** What is done on slots that the run leaves idle. */
  readonly idle?: IdleWork | undefined;
  /** Where states are looked for before they are made. */
  readonly source?: StateSource | undefined;
}

export interface ExecutionReport {
  /** By a person, or by a limit. */
  readonly interrupted: boolean;
  /** How many attempts go on elsewhere after this run. */
  readonly goingOn: number;
  readonly counts: Readonly<Record<VisitOutcome, number>>;
  readonly savedSeconds: number;
  readonly failures: readonly { readonly node: string; readonly failure: Failure }[];
  /** For a node of the graph, its outputs by name, if it has a state now. */
  readonly outputs: (node: number) => Outputs | undefined;
  /** Id of its state's row, if the state was on record before the run needed it. */
  readonly stateBefore: (node: number) => number | undefined;
}

export const onTimer: Every = (milliseconds, work) => {
  const timer = setInterval(work, milliseconds);
  return () => clearInterval(timer);
};
