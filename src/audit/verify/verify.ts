/** `verify`: executes states again, compares, and puts each verdict on record as it comes. */
import { randomUUID } from 'node:crypto';
import { repeatingExecutor } from '../../executors/registry.ts';
import { backendSearchIn } from '../../identity/compute/backend.ts';
import { type DeviceProbe, nvidiaDevices } from '../../identity/compute/devices.ts';
import { environmentFacts } from '../../identity/environment/environment.ts';
import { Repetitions } from '../../planning/repetition/repetitions.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { Tolerance } from './judge.ts';
import type { StateVerdict } from './verdict.ts';
import { Verifier } from './verifier.ts';

export interface VerifyOptions {
  /** Directory of the project, which has the packages. */
  readonly root: string;
  readonly tolerance: Tolerance;
  /** States at once, each in a process of its own. */
  readonly jobs: number;
  readonly tell: (sentence: string) => void;
  /** Each verdict as it comes, when it is on record. */
  readonly onVerdict: (verdict: StateVerdict) => void;
  readonly signal?: AbortSignal;
  readonly probe?: DeviceProbe;
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
  const { root, tolerance, jobs, tell, onVerdict, signal, probe = nvidiaDevices } = options;
  const repetitions = new Repetitions(cache, { root, search: backendSearchIn(cache, { root }, probe) });
  const environment = environmentFacts();
  const make = await repeatingExecutor().load();
  const verifier = new Verifier(cache, repetitions, {
    tolerance,
    id: `verify-${randomUUID()}`,
    tell,
    environment: environment.facts,
    open: (onEvent) => make({ cacheDirectory: cache.directory, projectRoot: root, jobs, onEvent }),
  });
  const cancel = (): void => verifier.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const verdicts = new Map<StateRecord, StateVerdict>();
  const queue = states.values();
  const work = async (): Promise<void> => {
    for (const state of queue) {
      if (signal?.aborted === true) return;
      const verdict = await verifier.verify(state);
      const { outputs, since, repeatable, trace, place, reason } = verdict;
      const detail = { outputs, since, repeatable, trace, place, reason, tolerance };
      cache.record.verifications.add({ state: state.key, verdict: verdict.verdict, detail, environment });
      verdicts.set(state, verdict);
      onVerdict(verdict);
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    await verifier.close();
  }
  return {
    verdicts: states.flatMap((state) => verdicts.get(state) ?? []),
    interrupted: verdicts.size < states.length,
  };
}
