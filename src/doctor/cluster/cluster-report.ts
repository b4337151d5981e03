/** What the doctor says of a batch system: its commands, the shared directory, and one probe for each partition. */
import type { ProbeAnswer, ProbeOutcome } from '../../executors/batch/probe/probe-job.ts';

export type { ProbeAnswer };

export interface ClusterReport {
  /** By its name as an executor. */
  readonly executor: string;
  /** As sentences call it. */
  readonly system: string;
  readonly commands: readonly CommandReport[];
  readonly here: Here;
  /** Empty where there is nobody to submit a job to. */
  readonly probes: readonly ProbeReport[];
  /** Why nodes cannot execute there, each with what to do. */
  readonly problems: readonly string[];
  /** What does not keep nodes from executing there, and should be known. */
  readonly notes: readonly string[];
}

export interface CommandReport {
  readonly name: string;
  /** Null if it does not answer. */
  readonly version: string | null;
  /** Why it does not answer, in a clause; null if it does. */
  readonly trouble: string | null;
}

/** What hosts are compared with. */
export interface Here {
  readonly cacheDirectory: string;
  readonly fileSystem: string;
  readonly freeBytes: number;
  readonly arch: string;
  readonly cpu: string;
  /** The path of Node. */
  readonly node: string;
  readonly nodeVersion: string;
  /** How long a run waits for a file of another host, at most, in milliseconds. */
  readonly graceMs: number;
}

export interface ProbeReport {
  /** Null: the one that the system chooses. */
  readonly partition: string | null;
  readonly outcome: ProbeOutcome;
  /** The number of a job that could not be ended; null if none is left. */
  readonly leftBehind: string | null;
}
