/**
 * The executor's contract: where attempts execute. The execution submits tasks and listens for events; it never waits
 * for a call. The implementations are in folders beside this file, and `registry.ts` lists them.
 *
 * An executor never touches the record (SQLite). Artifacts travel by path and digest, values up to 4 KiB inline.
 */
import type { Access, Effect } from '../core/authoring/access.ts';
import type { Artifact, Output } from '../core/artifact/artifact.ts';
import type { BackendIdentity } from '../core/identity/backend-identity.ts';
import type { CanonicalValue } from '../core/identity/canonical.ts';
import type { CacheKey, Digest } from '../core/identity/digest.ts';
import type { SecretValue } from '../core/secret/secret-value.ts';
import type { RemoteFile } from '../core/authoring/file-ref.ts';
import type { Failure } from '../events.ts';

/** One attempt at executing a node. */
export interface Task {
  /** Unique to this attempt. */
  readonly id: string;
  readonly node: string;
  readonly stage: string;
  readonly cacheKey: CacheKey;
  /**
   * The module that was hashed, as an absolute path; its default export is a function that returns a fresh instance of
   * the stage, or a promise of one.
   */
  readonly module: string;
  /** Whether it was proven that the stage's code changes nothing that all code of a process shares. */
  readonly harmless?: boolean;
  /** Whether its process must execute this attempt alone: neither one before it nor one after it. */
  readonly isolate?: boolean;
  readonly params: CanonicalValue;
  readonly inputs: readonly TaskInput[];
  /** Seed of the node's random streams; null for a stage that declares none. */
  readonly seed: Digest | null;
  /** Compute backend by name; null for a stage that declares none. */
  readonly backend: string | null;
  /**
   * What the key says that it computes with, and on what: whoever executes it refuses anything else. Absent without a
   * backend.
   */
  readonly computes?: BackendIdentity;
  /** Ids of the devices that only this task uses, such as `gpu:0`; empty for the CPU. */
  readonly devices: readonly string[];
  /** The declared environment variables that are set. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * The secrets of the task; absent if it has none. An executor never writes a value down: it travels in memory and in
   * pipes, to the process that runs the stage.
   */
  readonly secrets?: TaskSecrets;
  readonly declares: Declarations;
  readonly timeoutSeconds: number | null;
  /** Where the stage's checkpoint lives; the same for every attempt at this state. */
  readonly checkpointFile: string;
  /** Where what the stage traces is written, in a directory that exists; absent where nobody looks at it. */
  readonly traceFile?: string;
  /** Of what is traced, so many bytes of large values are written, and of all others the digests; default: 256 MiB. */
  readonly traceBytes?: number;
  /** For an executor that finds a host for each task; absent where the task takes slots of this machine. */
  readonly resources?: TaskResources;
}

/** What an executor elsewhere has to know before it can place a task. */
export interface TaskResources {
  readonly needs: {
    /** CPUs; may be a fraction. */
    readonly cpus: number;
    /** Null if neither the policy nor the record tells. */
    readonly memoryMiB: number | null;
    readonly gpus: number;
  };
  /** How long an execution of its stage took so far, in seconds; null if none is on record. */
  readonly seconds: number | null;
  /** What the node's policy says to the executor alone, such as a partition. */
  readonly options: Readonly<Record<string, string>>;
}

export interface TaskSecrets {
  /** By source: the value of each mark in the parameters, and of the variables of `env`. */
  readonly values: readonly (readonly [source: string, value: SecretValue])[];
  /** Names of the declared variables among them. */
  readonly env: readonly string[];
}

/** What a task's stage may reach besides its inputs. */
export interface Declarations {
  /** Names of environment variables, whether they are set or not. */
  readonly env: readonly string[];
  /** Files and folders, by absolute path, as they were when the run began. */
  readonly reads: readonly { readonly path: string; readonly digest: Digest }[];
  readonly effects: readonly Effect[];
  /** Names of the packages whose content is in the key. */
  readonly packages: readonly string[];
  /** Whether the attempt fails if it reaches anything else. */
  readonly strict: boolean;
}

export interface TaskInput {
  readonly slot: string;
  /** Position in a slot that takes many, else null. */
  readonly index: number | null;
  readonly source: ArtifactSource | FileSource;
}

export interface ArtifactSource extends Artifact {
  readonly type: 'artifact';
}

export interface FileSource {
  readonly type: 'file';
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** Where it is fetched from, if it is not at its path yet. */
  readonly remote?: RemoteFile;
}

/** A backend as it describes itself once it has computed. */
export interface BackendUsed {
  readonly name: string;
  readonly version: string;
  readonly device: string;
}

/** What an attempt used. */
export interface Usage {
  readonly startedAt: number;
  readonly endedAt: number;
  /**
   * Its share of that time, where the attempt went together with others: each moment is divided by how many of them
   * went on, so that shares add up to the time that all of them took. Absent: all of it.
   */
  readonly seconds?: number;
  readonly cpuSeconds: number | null;
  /** Peak resident memory of the process during the attempt; null where it cannot be attributed to one attempt. */
  readonly peakBytes: number | null;
}

export type ExecutorEvent =
  /** An attempt that outlives this process was accepted. Another process can find it by its handle. */
  | {
      readonly type: 'submitted';
      readonly task: string;
      readonly at: number;
      readonly handle: CanonicalValue;
    }
  /**
   * The known state of an attempt that executes elsewhere. `unknown` means that nobody could be asked. It says nothing
   * about the attempt and never ends it.
   */
  | {
      readonly type: 'observed';
      readonly task: string;
      readonly at: number;
      readonly state: 'waiting' | 'running' | 'unknown';
      /** Where it is, such as a host and a job number. */
      readonly note: string | null;
      /** Why it waits, or why nobody knows; null if that is not said. */
      readonly why: string | null;
    }
  | {
      readonly type: 'started';
      readonly task: string;
      readonly worker: string;
      readonly pid: number;
      readonly at: number;
    }
  | {
      readonly type: 'progress';
      readonly task: string;
      readonly at: number;
      readonly done: number;
      readonly total: number;
      readonly note: string | null;
    }
  | {
      readonly type: 'metric';
      readonly task: string;
      readonly at: number;
      readonly name: string;
      readonly value: number;
      readonly step: number | null;
    }
  | {
      readonly type: 'log';
      readonly task: string;
      readonly at: number;
      readonly stream: 'log' | 'stdout' | 'stderr';
      readonly text: string;
    }
  /** The stage reached something that it does not declare: once for each such thing. */
  | {
      readonly type: 'undeclared';
      readonly task: string;
      readonly at: number;
      readonly access: Access;
      /** What it did, where, and what the author can do. */
      readonly sentence: string;
    }
  | {
      readonly type: 'succeeded';
      readonly task: string;
      /** In the object store already, or inline. */
      readonly outputs: readonly Output[];
      readonly usage: Usage;
      /** What computed, as it describes itself; null without a backend. */
      readonly backend: BackendUsed | null;
      /** What the stage reached besides its inputs; absent if nobody observed it. */
      readonly accesses?: readonly Access[] | undefined;
    }
  | {
      readonly type: 'failed';
      readonly task: string;
      readonly failure: Failure;
      readonly usage: Usage;
      /** It is a failure of the cache, such as a full disk, and not of the node: no other node would fare better. */
      readonly ofCache?: boolean | undefined;
      /**
       * The attempt went together with others, and the failure may be another one's doing: of their process, of the
       * device, of the time that they took. Alone, the node may not fail.
       */
      readonly ofParty?: boolean | undefined;
      /** The host to which a batch system sent the attempt is not one for it, and another one may be: its name. */
      readonly ofHost?: string | undefined;
    }
  /** The attempt to reattach no longer exists, for certain, and left no result. */
  | { readonly type: 'gone'; readonly task: string };

export interface Executor {
  /**
   * How long an attempt lives. `same`: it executes in this process. `child`: it executes in a process that ends with
   * this one. `detached`: it continues when this process ends, reports its handle, and can be reattached.
   */
  readonly lifetime: 'same' | 'child' | 'detached';
  /** Accepts the task. Its events report the progress; `succeeded` or `failed` is the last one. */
  submit(task: Task): void;
  /**
   * Accepts several tasks of one stage, backend and set of devices, whose stage has `runTogether`: they execute at the
   * same time in one process, in one call of it. Each has its own events and its own end, as if it were alone, and can
   * be cancelled by itself. Absent where an executor cannot do it.
   */
  submitTogether?(tasks: readonly Task[]): void;
  /**
   * Takes over an attempt at the same key that another process submitted. Its events follow under this task's id, as if
   * it had been submitted here. If the attempt no longer exists, `gone` is the last event.
   */
  reattach(task: Task, handle: CanonicalValue): void;
  /** Stops the task: it fails with class `cancelled` unless it has already ended. An unknown task is not an error. */
  cancel(task: string): void;
  /** Stops everything that runs and ends the processes. */
  close(): Promise<void>;
  /**
   * Detached executors: ends what this process does. What was submitted goes on, and this process reports nothing more
   * about it.
   */
  leave?(): Promise<void>;
}
