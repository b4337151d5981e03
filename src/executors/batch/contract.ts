/**
 * The contract of batch systems, such as Slurm: they take jobs, start each of them on some host at some time, and can
 * be asked about them. A job executes one unit (`unit.ts`). A job is known again by the name of its unit, which is
 * ours; never by the number that the system gave it, since a system that was restarted may give a number twice.
 */
import type { Submission } from './submission.ts';

/** What a unit needs of its host. */
export interface JobNeeds {
  /** Whole CPUs, at least 1. */
  readonly cpus: number;
  /** Null: what the site gives. */
  readonly memoryMiB: number | null;
  readonly gpus: number;
  /** How long the job may last, in seconds; null: as long as the site allows. */
  readonly seconds: number | null;
}

/** Choices of a site or a node that restage passes on, such as `partition` or `account`. */
export type JobOptions = Readonly<Record<string, string>>;

export interface JobRequest {
  readonly unit: string;
  /** The unit's directory, which every host sees under this path. */
  readonly directory: string;
  /** A program and its arguments, all as they are. */
  readonly command: readonly string[];
  readonly needs: JobNeeds;
  readonly options: JobOptions;
  /** Hosts that lost a job of the same work, or compute with something else than its keys name. */
  readonly avoid: readonly string[];
}

/** How a job ended, as its system says; `completed` says nothing about the tasks of its unit. */
export type JobEnd =
  'completed' | 'failed' | 'memory' | 'time' | 'cancelled' | 'preempted' | 'host-lost' | 'not-started';

export type JobState =
  | { readonly state: 'waiting'; readonly why: string | null }
  | { readonly state: 'running'; readonly host: string }
  /** `said`: the system's own words. */
  | { readonly state: 'ended'; readonly end: JobEnd; readonly host: string | null; readonly said: string };

export type ObservedJob = JobState & { readonly job: string };

/** A job that was seen, by the name of its unit and by its number. */
export interface NamedJob {
  readonly unit: string;
  readonly job: string;
}

export interface BatchSystem {
  /** As sentences call it, such as `Slurm`. */
  readonly title: string;
  submit(request: JobRequest): Promise<Submission>;
  /**
   * What is known of the jobs of these units, by unit; it may have others of this cache too. Undefined if the system
   * could not be asked, which says nothing about any job. A job that it has forgotten is not among them.
   */
  observe(units: readonly string[]): Promise<ReadonlyMap<string, ObservedJob> | undefined>;
  /** Asks for the end of these jobs; whether they ended is observed. */
  cancel(jobs: readonly NamedJob[]): Promise<void>;
  /**
   * How a job ended, where the system says that in the last line of the job's log and not in its queue; else undefined.
   */
  endInLog?(lastLine: string): JobEnd | undefined;
  /**
   * The command by which a person ends a job, to be pasted into a shell.
   * @param job its number, or the name of its unit where nobody knows the number
   */
  commandToEnd(job: string): string;
}
