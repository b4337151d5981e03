/** What came of verifying a state. */
import type { Access } from '../../core/authoring/access.ts';
import type { FieldChange } from '../../core/identity/cache-key.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';
import type { VerdictName } from '../../store/record/facts.ts';
import type { OutputVerdict } from './judge.ts';
import type { SeedComparison } from './over-seeds.ts';
import type { PlaceChange } from './place-changes.ts';
import type { TraceComparison } from './traces.ts';

export interface StateVerdict {
  readonly state: CacheKey;
  /** The node and the run that made it. */
  readonly node: string;
  readonly run: number;
  readonly stage: string;
  readonly verdict: VerdictName;
  /** The outputs that came to other bytes. */
  readonly outputs: readonly OutputVerdict[];
  /** What is not as it was when the state was made: packages, runtime, backend, variables. */
  readonly since: readonly FieldChange[];
  /** Of a divergence: whether another execution, here and now, gave the bytes of this one. Null where none was made. */
  readonly repeatable: boolean | null;
  /** Of a divergence: how the traces of these two executions compare. Null where no other was made. */
  readonly trace: TraceComparison | null;
  /** The same of the recorded execution and the first of today; null where its run kept no traces. */
  readonly recordedTrace: TraceComparison | null;
  /** Of a divergence: what the recorded execution reached without declaring it. */
  readonly undeclared: readonly Access[];
  /** Of a divergence: what is not as it was around it, such as the processor. */
  readonly place: readonly PlaceChange[];
  /**
   * Of a divergence: how its numbers compare with those of other seeds; null where nobody asked, or it takes no seed.
   */
  readonly seeds: SeedComparison | null;
  /** Why it failed, or cannot be verified; null otherwise. */
  readonly reason: string | null;
  /** Whether bytes that "restage gc" had evicted are there again: they came out as they were. */
  readonly restored: boolean;
  /** Seconds that it took, and that it took when the state was made; null where it was not executed. */
  readonly seconds: number | null;
  readonly recordedSeconds: number;
}

/**
 * What came of executing what the key of an equivalence stands for, compared with the state that was accepted for it.
 */
export interface EquivalenceVerdict extends StateVerdict {
  readonly equivalence: number;
  /** The key that was executed. */
  readonly key: CacheKey;
  /** What was accepted: how far the state may be from this. */
  readonly tolerance: EquivalenceRecord['tolerance'];
}

/** Whether what is on record did not come out again. */
export function isRefuted({ verdict }: Pick<StateVerdict, 'verdict'>): boolean {
  return verdict === 'diverged' || verdict === 'failed';
}
