/** What the writers are told: facts about runs, attempts, code, states and visits, as plain values. */
import type { Access } from '../../core/authoring/access.ts';
import type { Output } from '../../core/artifact/artifact.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import type { CacheKey, Digest, PlanKey } from '../../core/identity/digest.ts';
import type { Failure, VisitOutcome } from '../../events.ts';

export interface RunFacts {
  readonly pipeline: string;
  /** The pipeline's file, relative to its project. */
  readonly source: string;
  readonly argv: readonly string[];
  readonly params: unknown;
  readonly seed: number;
  readonly backend: string;
  readonly jobs: number;
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
  /** Host, versions, processor: whatever tells where this was run. */
  readonly environment: { readonly digest: Digest; readonly facts: string };
  /** The pipeline's results: the outputs that it names. */
  readonly results: readonly RunResult[];
  /** When the command began, which is before the run is on record; milliseconds since 1970. */
  readonly startedAt: number;
}

/** An output that a pipeline names as its result, as it was in one run. */
export interface RunResult {
  readonly name: string;
  readonly node: string;
  readonly output: string;
}

/** What a run does before and around its nodes, such as bundling. Milliseconds since 1970. */
export interface RunPhase {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * What came of executing a state again: the same bytes; values within so many units in the last place, or within a
 * relative tolerance; numbers as other seeds give them; other values; a failure; or nothing, since it cannot be
 * executed again.
 */
export type VerdictName = 'same' | 'ulp' | 'tolerance' | 'statistical' | 'diverged' | 'failed' | 'unverifiable';

/**
 * How a key came to mean the state of another key: a person accepted it, its stage or node was renamed, or its program
 * was printed by another restage.
 */
export type EquivalenceKind = 'accepted' | 'renamed' | 'rekeyed';

/** An attempt that has begun. */
export interface AttemptStart {
  /** Id of the executor's task, by which later facts name the attempt. */
  readonly task: string;
  readonly run: number;
  readonly node: string;
  /** Counted from 1 over the whole run. */
  readonly number: number;
  readonly worker: string;
  readonly at: number;
}

export interface AttemptEnd {
  readonly at: number;
  /** Backend, its version and its device; null without a backend. */
  readonly compute: string | null;
  readonly cpuSeconds: number | null;
  readonly peakBytes: number | null;
  readonly failure: Failure | null;
}

/** A stage's code as it is now. `artifacts` are stored with it. */
export interface CodeFacts {
  readonly digest: Digest;
  readonly stage: string;
  readonly module: string;
  readonly exportName: string;
  readonly bundle: Uint8Array;
  /** What the bundle means, whatever printed it, and the schema of restage for which it was made. */
  readonly program?: { readonly digest: Digest; readonly schema: number };
  readonly sources: readonly { readonly path: string; readonly content: Uint8Array }[];
}

/** A state that an attempt has made. */
export interface NewState {
  readonly key: CacheKey;
  readonly planKey: PlanKey;
  readonly stage: string;
  readonly code: Digest;
  readonly fields: readonly Field[];
  readonly inputs: readonly StateInput[];
  readonly outputs: readonly Output[];
  /** What the attempt reached besides its inputs; undefined if nobody observed it. */
  readonly accesses: readonly Access[] | undefined;
  readonly seconds: number;
}

export interface StateInput {
  readonly slot: string;
  readonly index: number | null;
  readonly digest: Digest;
  readonly bytes: number;
  readonly from: { readonly state: CacheKey; readonly output: string } | { readonly path: string };
}

export interface Visit {
  readonly run: number;
  readonly node: string;
  readonly outcome: VisitOutcome;
  readonly state: CacheKey | null;
  readonly reason: string | null;
  /** The node's tags as they are now: its state is found by them from here on, whoever made it. */
  readonly tags?: readonly string[];
}
