/** `verify`: executes states again, compares, and puts each verdict on record as it comes. */
import { RestoreCancelled } from '../../execution/repetition/restorer.ts';
import type { Cache } from '../../store/cache.ts';
import { whileUsingBytes } from '../../store/coordination/cache-use.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { EquivalenceVerdict, StateVerdict } from './verdict.ts';
import { Verification, type VerificationOptions } from './verification.ts';

export interface VerifyOptions extends VerificationOptions {
  /** Each verdict as it comes, when it is on record. */
  readonly onVerdict: (verdict: StateVerdict) => void;
  readonly signal?: AbortSignal;
}

export interface VerifyReport {
  /** In the order in which the states were made. */
  readonly verdicts: readonly StateVerdict[];
  /** Of the equivalences in force by which other keys mean these states. */
  readonly equivalences: readonly EquivalenceVerdict[];
  /** Stopped before all of them had a verdict. */
  readonly interrupted: boolean;
}

/** @throws CacheError */
export async function verifyStates(
  cache: Cache,
  states: readonly StateRecord[],
  options: VerifyOptions,
): Promise<VerifyReport> {
  return whileUsingBytes(cache.leases, () => verifyAll(cache, states, options), options);
}

async function verifyAll(cache: Cache, states: readonly StateRecord[], options: VerifyOptions): Promise<VerifyReport> {
  const { jobs, onVerdict, signal } = options;
  const verification = await Verification.open(cache, options);
  const verifier = verification.verifier();
  const cancel = (): void => verifier.cancel();
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const verdicts = new Map<StateRecord, StateVerdict>();
  const checks: EquivalenceVerdict[] = [];
  const queue = states.values();
  const isAborted = (): boolean => signal?.aborted === true;
  const work = async (): Promise<void> => {
    for (const state of queue) {
      if (isAborted()) return;
      const verdict = await verifier.verify(state);
      verification.keep(verdict);
      verdicts.set(state, verdict);
      onVerdict(verdict);
      for (const equivalence of inForce(cache, state)) {
        if (isAborted()) return;
        const check = await verifier.verifyEquivalence(state, equivalence);
        verification.keepCheck(check);
        checks.push(check);
      }
    }
  };
  try {
    const lanes = Array.from({ length: jobs }, work);
    for (const lane of lanes) lane.catch(cancel);
    const failures = (await Promise.allSettled(lanes)).flatMap((lane) =>
      lane.status === 'rejected' && !(lane.reason instanceof RestoreCancelled) ? [lane.reason as unknown] : [],
    );
    if (failures.length > 0) throw failures[0];
  } finally {
    signal?.removeEventListener('abort', cancel);
    await verifier.close();
  }
  return {
    verdicts: states.flatMap((state) => verdicts.get(state) ?? []),
    equivalences: checks.sort((a, b) => a.equivalence - b.equivalence),
    interrupted: verdicts.size < states.length,
  };
}

function inForce({ query: { equivalences } }: Cache, { id }: StateRecord): readonly EquivalenceRecord[] {
  if (!equivalences.any()) return [];
  // That nothing but a name differs is seen in the code itself, and other names draw other random numbers.
  return equivalences.ofStates([id]).filter(({ end, kind }) => end === null && kind !== 'renamed');
}
