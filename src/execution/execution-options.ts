/** What an execution is given, and what it gives back. */
import type { Failure, RunEvent, VisitOutcome } from '../events.ts';
import type { Executor, ExecutorEvent } from '../executors/contract.ts';
import type { Outputs } from './made-states.ts';
import type { ExecutorKind } from './make-task.ts';
import type { PauseSwitch } from './pause-switch.ts';

export type ExecutorMaker = (onEvent: (event: ExecutorEvent) => void) => Executor;

export interface ExecutionOptions {
  readonly jobs: number;
  readonly pools: Readonly<Record<string, number>>;
  /** The run starts nothing more after this many failures. */
  readonly maxFailures: number;
  readonly emit: (event: RunEvent) => void;
  readonly now: () => number;
  readonly pause: PauseSwitch | undefined;
  /** Makes an executor when the first node needs it: one of each kind that the selected nodes have. */
  readonly executors: Readonly<Partial<Record<ExecutorKind, ExecutorMaker>>>;
}

export interface ExecutionReport {
  readonly interrupted: boolean;
  readonly counts: Readonly<Record<VisitOutcome, number>>;
  readonly savedSeconds: number;
  readonly failures: readonly { readonly node: string; readonly failure: Failure }[];
  /** For a node of the graph, its outputs by name, if it has a state now. */
  readonly outputs: (node: number) => Outputs | undefined;
}
