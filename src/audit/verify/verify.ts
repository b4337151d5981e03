/** `verify`: executes states again, compares, and puts each verdict on record as it comes. */
import { randomUUID } from 'node:crypto';
import { repeatingExecutor } from '../../executors/registry.ts';
import { backendSearchIn } from '../../identity/compute/backend.ts';
import { type DeviceProbe, nvidiaDevices } from '../../identity/compute/devices.ts';
import { environmentFacts } from '../../identity/environment/environment.ts';
import { RestoreCancelled } from '../../execution/repetition/restorer.ts';
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
  /** With so many other seeds is a state executed that diverged; 0 for none. */
  readonly seeds: number;
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
  const { root, tolerance, seeds, jobs, tell, onVerdict, signal, probe = nvidiaDevices } = options;
  const repetitions = new Repetitions(cache, { root, search: backendSearchIn(cache, { root }, probe) });
  const environment = environmentFacts();
  const make = await repeatingExecutor().load();
  const verifier = new Verifier(cache, repetitions, {
    tolerance,
    seeds,
    id: `verify-${randomUUID()}`,
    tell,
    environment: environment.facts,
    open: (onEvent) => make({ cacheDirectory: cache.directory, projectRoot: root, jobs, onEvent }),
  });
  const cancel = (): void => verifier.cancel();
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const verdicts = new Map<StateRecord, StateVerdict>();
  const queue = states.values();
  const work = async (): Promise<void> => {
    for (const state of queue) {
      const verdict = await verifier.verify(state);
      const { outputs, since, repeatable, trace, place, seeds: overSeeds, reason } = verdict;
      const detail = { outputs, since, repeatable, trace, place, seeds: overSeeds, reason, tolerance };
      cache.record.verifications.add({ state: state.key, verdict: verdict.verdict, detail, environment });
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
