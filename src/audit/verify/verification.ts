/** What the verifiers of one command share: the work that is on record, the tolerance, and where their verdicts go. */
import { randomUUID } from 'node:crypto';
import type { Executor } from '../../executors/contract.ts';
import { hasSalt } from '../../store/files/salt.ts';
import { type ExecutorParts, repeatingExecutor } from '../../executors/registry.ts';
import { backendSearchIn } from '../../identity/compute/backend.ts';
import type { DeviceProbe } from '../../identity/compute/devices.ts';
import { machineDevices } from '../../identity/compute/machine-devices.ts';
import { environmentFacts } from '../../identity/environment/environment.ts';
import { environmentWithout } from '../../identity/secrets.ts';
import { Repetitions } from '../../planning/repetition/repetitions.ts';
import type { Cache } from '../../store/cache.ts';
import type { Tolerance } from './judge.ts';
import type { EquivalenceVerdict, StateVerdict } from './verdict.ts';
import { Verifier } from './verifier.ts';

export interface VerificationOptions {
  /** Directory of the project, which has the packages. */
  readonly root: string;
  readonly tolerance: Tolerance;
  /** With so many other seeds is a state executed that diverged; 0 for none. */
  readonly seeds: number;
  /** States at once that one verifier executes, each in a process of its own. */
  readonly jobs: number;
  /** How long a stage has to obey when it is cancelled, in milliseconds. */
  readonly gracefulMs?: number;
  readonly tell: (sentence: string) => void;
  readonly probe?: DeviceProbe;
}

export class Verification {
  readonly #cache: Cache;
  readonly #options: VerificationOptions;
  readonly #make: (parts: ExecutorParts) => Executor;
  readonly #repetitions: Repetitions;
  readonly #environment = environmentFacts();

  private constructor(cache: Cache, options: VerificationOptions, make: (parts: ExecutorParts) => Executor) {
    const { root, probe = machineDevices } = options;
    this.#cache = cache;
    this.#options = options;
    this.#make = make;
    this.#repetitions = new Repetitions(cache, { root, search: backendSearchIn(cache, { root }, probe) });
  }

  static async open(cache: Cache, options: VerificationOptions): Promise<Verification> {
    return new Verification(cache, options, await repeatingExecutor().load());
  }

  /** Close it when it is done. */
  verifier(): Verifier {
    const { root: projectRoot, tolerance, seeds, jobs, gracefulMs, tell } = this.#options;
    const { directory: cacheDirectory } = this.#cache;
    const parts = {
      cacheDirectory,
      projectRoot,
      jobs,
      ...this.#environmentWithoutSecrets(),
      ...(gracefulMs !== undefined && { gracefulMs }),
    };
    return new Verifier(this.#cache, this.#repetitions, {
      ...{ tolerance, seeds, tell },
      id: `verify-${randomUUID()}`,
      environment: this.#environment.facts,
      open: (onEvent) => this.#make({ ...parts, onEvent }),
    });
  }

  /** Stages get the secrets that they declare from restage, and find none in their process's environment. */
  #environmentWithoutSecrets(): { readonly env?: NodeJS.ProcessEnv } {
    if (!hasSalt(this.#cache.directory)) return {};
    return { env: environmentWithout(this.#cache.query.conditions.secretVariables()) };
  }

  /** Puts a verdict on record, as a fact about its state. */
  keep(verdict: StateVerdict): void {
    const {
      state,
      verdict: name,
      outputs,
      since,
      repeatable,
      trace,
      recordedTrace,
      undeclared,
      place,
      seeds,
      reason,
    } = verdict;
    const { tolerance } = this.#options;
    const detail = { outputs, since, repeatable, trace, recordedTrace, undeclared, place, seeds, reason, tolerance };
    this.#cache.record.verifications.add({ state, verdict: name, detail, environment: this.#environment });
  }

  /** Puts on record what came of executing what the key of an equivalence stands for. */
  keepCheck({ equivalence, verdict, outputs, since, repeatable, reason }: EquivalenceVerdict): void {
    const detail = { outputs, since, repeatable, reason };
    this.#cache.record.equivalences.check({ equivalence, verdict, detail, environment: this.#environment });
  }
}
