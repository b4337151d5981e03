/** `verify`: executes states again, compares, and puts each verdict on record as it comes. */
import { RestoreCancelled } from '../../execution/repetition/restorer.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { StateVerdict } from './verdict.ts';
import { Verification, type VerificationOptions } from './verification.ts';

export interface VerifyOptions extends VerificationOptions {
  /** Each verdict as it comes, when it is on record. */
  readonly onVerdict: (verdict: StateVerdict) => void;
  readonly signal?: AbortSignal;
}

export interface VerifyReport {
  /** In the order in which the states were made. */
  readonly verdicts: readonly StateVerdict[];
  /** Stopped before all of them had a verdict. */
  readonly interrupted: boolean;
}

/** @throws CacheError */
export async function verifyStates(
  cache: Cache,
  states: readonly StateRecord[],
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { jobs, onVerdict, signal } = options;
  const verification = await Verification.open(cache, options);
  const verifier = verification.verifier();
  const cancel = (): void => verifier.cancel();
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const verdicts = new Map<StateRecord, StateVerdict>();
  const queue = states.values();
  const work = async (): Promise<void> => {
    for (const state of queue) {
      const verdict = await verifier.verify(state);
      verification.keep(verdict);
      verdicts.set(state, verdict);
      onVerdict(verdict);
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
    interrupted: verdicts.size < states.length,
  };
}
