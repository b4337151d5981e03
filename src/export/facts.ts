/**
 * What an export tells, as plain values: a run, the executions that made its states, their code, inputs and outputs.
 */
import type { CacheKey, Digest } from '../core/identity/digest.ts';
import type { Failure, VisitOutcome } from '../events.ts';
import type { FieldsByMeaning } from '../audit/lineage/field-meaning.ts';
import type { LineageCode, LineageInput, LineageRun } from '../audit/lineage/lineage.ts';
import type { OutputOfState } from '../store/query/ancestry.ts';

export interface ExportFacts {
  /** As it was asked for: `run:3`, `score.ams`. */
  readonly asked: string;
  /** A whole run, or what one thing was made of. */
  readonly scope: 'run' | 'lineage';
  /** The run itself, or the one in which the thing was asked for. */
  readonly run: ExportedRun;
  /** Every run that made one of the acts, and `run`. */
  readonly runs: readonly ExportedRun[];
  /** Producers first. What failed comes last. */
  readonly acts: readonly Act[];
  /** The nodes that these acts are of, in the order of the run. Two nodes of the same key share an act. */
  readonly steps: readonly Step[];
  /** How many nodes of the run never began, since others failed or the run was interrupted. */
  readonly skipped: number;
  readonly codes: readonly LineageCode[];
  readonly results: readonly ExportedResult[];
}

export interface ExportedRun extends LineageRun {
  /** The same wherever the run is exported; the number is one of its cache alone. */
  readonly identity: Digest;
}

/** One execution of a stage: the attempt that made a state, or the last one of a node that failed. */
export interface Act extends FieldsByMeaning {
  /** The same wherever it is exported. */
  readonly identity: Digest;
  readonly node: string;
  readonly stage: string;
  /** Null of a failed one: the code of an attempt is on record with its state. */
  readonly code: Digest | null;
  readonly state: CacheKey | null;
  /** The run that made it, and the number of the attempt in that run. */
  readonly run: number;
  readonly attempt: number;
  readonly worker: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Null if its end is not on record. */
  readonly endedAt: number | null;
  readonly cpuSeconds: number | null;
  readonly peakBytes: number | null;
  readonly compute: string | null;
  readonly inputs: readonly LineageInput[];
  readonly outputs: readonly OutputOfState[];
  readonly failure: Failure | null;
}

export interface Step {
  readonly node: string;
  readonly stage: string;
  readonly outcome: VisitOutcome;
  /** Position in `acts`. */
  readonly act: number;
}

/** A result of the run, with its bytes' digest. */
export interface ExportedResult {
  readonly name: string;
  readonly node: string;
  readonly output: string;
  /** Null where the node has no state. */
  readonly artifact: OutputOfState | null;
  /** Of a JSON result that the database holds; undefined of any other. */
  readonly value: unknown;
}

export type RunStatus = 'completed' | 'failed' | 'running';

/** How a run stands, and why it did not complete. */
export function statusOf({ outcome }: Pick<ExportedRun, 'outcome'>): {
  readonly status: RunStatus;
  readonly error: string | undefined;
} {
  switch (outcome) {
    case 'ok':
      return { status: 'completed', error: undefined };
    case 'running':
      return { status: 'running', error: undefined };
    case 'failed':
      return { status: 'failed', error: 'A stage failed.' };
    case 'detached':
      return { status: 'failed', error: 'The run ended before attempts that go on elsewhere.' };
    case 'interrupted':
      return { status: 'failed', error: 'The run was interrupted.' };
    case 'died':
      return { status: 'failed', error: "The run's process ended before the run did." };
  }
}

/** Everything that bytes went through: the inputs and outputs of all acts, each content once. */
export interface Blob {
  readonly digest: Digest;
  readonly bytes: number;
  /** The codec's kind; null of a file that no stage made. */
  readonly kind: string | null;
  /** Whose output it is, or the path of a file, as first seen. */
  readonly name: string;
  /** Where a file of the user's was: a path, or the address of a remote file. */
  readonly path: string | null;
}

export function blobsOf({ acts }: Pick<ExportFacts, 'acts'>): ReadonlyMap<Digest, Blob> {
  const blobs = new Map<Digest, Blob>();
  for (const { inputs } of acts)
    for (const { digest, bytes, from } of inputs)
      if ('path' in from && !blobs.has(digest))
        blobs.set(digest, { digest, bytes, kind: null, name: from.path, path: from.path });
  for (const { node, outputs } of acts)
    for (const { name, kind, digest, bytes } of outputs)
      if (!blobs.has(digest)) blobs.set(digest, { digest, bytes, kind, name: `${node}.${name}`, path: null });
  return blobs;
}
