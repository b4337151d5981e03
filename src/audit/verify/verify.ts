/** `verify`: executes states again, compares, and puts each verdict on record as it comes. */
import { randomUUID } from 'node:crypto';
import { repeatingExecutor } from '../../executors/registry.ts';
import { backendSearchIn } from '../../identity/compute/backend.ts';
import { type DeviceProbe, nvidiaDevices } from '../../identity/compute/devices.ts';
import { environmentFacts } from '../../identity/environment/environment.ts';
import { Repetitions } from '../../planning/repetition/repetitions.ts';
import type { Cache } from '../../store/cache.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { Tolerance } from './judge.ts';
import type { EquivalenceVerdict, StateVerdict } from './verdict.ts';
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
  const { root, tolerance, jobs, tell, onVerdict, signal, probe = nvidiaDevices } = options;
  const repetitions = new Repetitions(cache, { root, search: backendSearchIn(cache, { root }, probe) });
  const make = await repeatingExecutor().load();
  const verifier = new Verifier(cache, repetitions, {
    tolerance,
    id: `verify-${randomUUID()}`,
    tell,
    open: (onEvent) => make({ cacheDirectory: cache.directory, projectRoot: root, jobs, onEvent }),
  });
  const cancel = (): void => verifier.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const verdicts = new Map<StateRecord, StateVerdict>();
  const checks: EquivalenceVerdict[] = [];
  const environment = environmentFacts();
  const queue = states.values();
  const isAborted = (): boolean => signal?.aborted === true;
  const work = async (): Promise<void> => {
    for (const state of queue) {
      if (isAborted()) return;
      const verdict = await verifier.verify(state);
      const { outputs, since, repeatable, reason } = verdict;
      const detail = { outputs, since, repeatable, reason, tolerance };
      cache.record.verifications.add({ state: state.key, verdict: verdict.verdict, detail, environment });
      verdicts.set(state, verdict);
      onVerdict(verdict);
      for (const equivalence of inForce(cache, state)) {
        if (isAborted()) return;
        const check = await verifier.verifyEquivalence(state, equivalence);
        cache.record.equivalences.check({
          equivalence: equivalence.id,
          verdict: check.verdict,
          detail: { outputs: check.outputs, since: check.since, repeatable: check.repeatable, reason: check.reason },
          environment,
        });
        checks.push(check);
      }
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
    equivalences: checks.sort((a, b) => a.equivalence - b.equivalence),
    interrupted: verdicts.size < states.length,
  };
}

function inForce({ query: { equivalences } }: Cache, { id }: StateRecord): readonly EquivalenceRecord[] {
  if (!equivalences.any()) return [];
  // That nothing but a name differs is seen in the code itself, and other names draw other random numbers.
  return equivalences.ofStates([id]).filter(({ end, kind }) => end === null && kind !== 'renamed');
}
