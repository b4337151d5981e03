/**
 * What computes where nodes execute as jobs of a batch system. A job looks once, and its answer is remembered: a job
 * that finds another device refuses its tasks, so that an answer that is out of date gives no wrong state. A run
 * forgets its answers if jobs have refused and none has begun to compute.
 */
import { setMaxListeners } from 'node:events';
import { optionsFor, type BatchPolicy } from '../core/authoring/batch-options.ts';
import { isSameBackend } from '../core/identity/backend-identity.ts';
import type { Digest } from '../core/identity/digest.ts';
import type { GraphNode } from '../core/graph/graph.ts';
import { BackendError, UsageError } from '../errors.ts';
import type { RunEvent } from '../events.ts';
import type { ExecutorEvent } from '../executors/contract.ts';
import type { BackendSearch } from '../identity/compute/backend.ts';
import type { Compute } from '../identity/compute/compute.ts';
import type { ComputeElsewhere, ComputePlace } from '../identity/compute/elsewhere.ts';
import { packagesHere } from '../identity/compute/packages-here.ts';
import { memoKey } from '../planning/definition/memo-key.ts';
import type { Cache } from '../store/cache.ts';

export interface ClusterRequest {
  readonly project: { readonly root: string };
  readonly executor: string | undefined;
  readonly batch: BatchPolicy;
  readonly strict?: boolean;
  readonly isolate?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Who waits is told why. */
export interface Told {
  /** A job was submitted, or is about to be: the answer may take as long as a queue is. */
  readonly asks: (sentence: string) => void;
  readonly answered: () => void;
  /** Something that a person has to do. */
  readonly notice: (sentence: string) => void;
}

interface Question {
  readonly asked: string;
  readonly device: string;
  /** Whether what another run has remembered is an answer. */
  readonly trusts: boolean;
  readonly signal: AbortSignal;
}

const KIND = 'compute-elsewhere';

export class ClusterCompute implements ComputeElsewhere {
  readonly placing: string;
  readonly #cache: Cache;
  readonly #request: ClusterRequest;
  readonly #search: BackendSearch;
  readonly #told: Told | undefined;
  /** The memos of the answers that this run rests on. */
  readonly #used = new Set<Digest>();
  /** Of these, the memos of what jobs have told this process. */
  readonly #fresh = new Set<Digest>();
  #refused = 0;
  #began = 0;

  /**
   * @param search of this machine, where the same packages are
   * @param told undefined: nobody is asked, and only what is remembered is known
   */
  constructor(cache: Cache, request: ClusterRequest, search: BackendSearch, told: Told | undefined) {
    this.#cache = cache;
    this.#request = request;
    this.#search = search;
    this.#told = told;
    this.placing = JSON.stringify([request.executor ?? null, request.batch]);
  }

  async placesOf(nodes: readonly GraphNode[], isSoftware: boolean): Promise<readonly ComputePlace[]> {
    const { executorOf } = await import('../executors/registry.ts');
    const { executor, batch, strict = false, isolate = false } = this.#request;
    const places = new Map<string, ComputePlace>();
    let last: GraphNode['policy'] | undefined;
    for (const node of nodes) {
      // Nodes that are wired in a loop share their policy.
      if (node.policy === last) continue;
      last = node.policy;
      const entry = executorOf(node, { executor, strict, isolate });
      if (entry.batch === undefined) return [];
      const options = { ...optionsFor(entry.name, batch), ...optionsFor(entry.name, node.policy) };
      const gpus = isSoftware || node.policy.gpus === 0 ? 0 : 1;
      const place: ComputePlace = { executor: entry.name, options, gpus };
      places.set(JSON.stringify([place.executor, Object.entries(options).sort(), gpus]), place);
    }
    return [...places.values()];
  }

  async resolve(places: readonly ComputePlace[], asked: string, device: string): Promise<Compute> {
    if (device.startsWith('gpu:'))
      throw new UsageError(
        `--device ${device} names a GPU of one machine, and these nodes execute as jobs, which have the GPUs that they are given; use --device gpu, and ask for a kind of GPU by a partition or a constraint.`,
      );
    const answers = (trusts: boolean): Promise<readonly Compute[]> =>
      this.#inAll(places, (place, signal) => this.#answer(place, { asked, device, trusts, signal }));
    let found = await answers(true);
    // An earlier run may have refreshed what is remembered of one place alone.
    if (otherThanFirst(found) >= 0 && this.#told !== undefined) found = await answers(false);
    const [first] = found;
    const other = otherThanFirst(found);
    if (other < 0) return first!;
    const advice = this.#told === undefined ? 'start a run, which has jobs look again, or ' : '';
    throw new BackendError(
      `The compute nodes of a run have one device, and ${wordsOf(places[0]!)} has ${deviceWords(first!)}, while ${wordsOf(places[other]!)} has ${deviceWords(found[other]!)}; ${advice}send all of them to one kind of host.`,
    );
  }

  /**
   * What the jobs of this run have to say of its plan. A job that begins a task which computes has found on its host
   * what the key names, however that task ends.
   */
  heard(event: ExecutorEvent | RunEvent): void {
    if (event.type === 'failed' && event.ofHost !== undefined) this.#refused++;
    else if (event.type === 'node-started' && event.backend !== null) this.#began++;
  }

  /** The run has ended. Where nothing was as it was remembered, the next run asks again. */
  ended(): void {
    if (this.#refused === 0 || this.#began > 0) return;
    for (const key of this.#used) this.#cache.memos.set(key, KIND, FORGOTTEN);
  }

  /** After a failure, the jobs of the others are ended. @throws the first failure, once nothing goes on */
  async #inAll<T>(
    places: readonly ComputePlace[],
    answer: (place: ComputePlace, signal: AbortSignal) => Promise<T>,
  ): Promise<readonly T[]> {
    const failed = new AbortController();
    const { signal: outer } = this.#request;
    const signal = outer === undefined ? failed.signal : AbortSignal.any([failed.signal, outer]);
    // Each place listens, and Node takes more than ten listeners for a mistake.
    setMaxListeners(0, signal);
    const answers = places.map((place) =>
      answer(place, signal).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(answers);
    failed.signal.throwIfAborted();
    return Promise.all(answers);
  }

  async #answer(place: ComputePlace, { asked, device, trusts, signal }: Question): Promise<Compute> {
    const key = await this.#keyOf(place, asked, device);
    this.#used.add(key);
    const known = trusts || this.#fresh.has(key) ? this.#cache.memos.get(key) : undefined;
    if (known !== undefined && known.length > 0) return JSON.parse(known.toString()) as Compute;
    signal.throwIfAborted();
    const compute = await this.#ask(place, asked, device, signal);
    this.#fresh.add(key);
    this.#cache.memos.set(key, KIND, Buffer.from(JSON.stringify(compute)));
    return compute;
  }

  async #ask(
    { executor, options, gpus }: ComputePlace,
    backend: string,
    device: string,
    signal: AbortSignal,
  ): Promise<Compute> {
    const { batchEntryOf } = await import('../executors/registry.ts');
    const { paceFor } = await import('../executors/batch/pace.ts');
    const { askCompute } = await import('../executors/batch/probe/ask-compute.ts');
    const { batch, project } = this.#request;
    if (this.#told === undefined)
      throw new BackendError(
        `What computes on the hosts of ${executor} is not known yet, and this command submits no job; start a run, which has a job look, or use --device cpu.`,
      );
    const { asks, answered, notice } = this.#told;
    const cacheDirectory = this.#cache.directory;
    const system = (await batchEntryOf(executor).load())({ cacheDirectory, batch });
    asks(`A job of ${system.title} looks for what computes on its hosts; the plan waits for that.`);
    const { graceMs } = paceFor(cacheDirectory);
    const compute = await askCompute({
      ...{ system, executor, cacheDirectory, options, graceMs, signal },
      question: { backend, device, projectRoot: project.root, gpus },
      onLeftBehind: (job) =>
        notice(`Job ${job} of ${system.title} could not be ended; end it with: ${system.commandToEnd(job)}`),
    });
    answered();
    return compute;
  }

  /** What the answer depends on, and can be known here: hosts have the packages that are here. */
  async #keyOf(place: ComputePlace, asked: string, device: string): Promise<Digest> {
    const packages = await packagesHere(asked, device, this.#search);
    return memoKey(KIND, [
      ...[place.executor, Object.entries(place.options).sort(), place.gpus],
      ...[asked, device, this.#search.projectRoot, packages],
    ]);
  }
}

const FORGOTTEN = new Uint8Array();

/** Its index; -1 if all are the same. */
function otherThanFirst(found: readonly Compute[]): number {
  return found.findIndex(({ backend }) => !isSameBackend(backend, found[0]!.backend));
}

function wordsOf({ executor, options }: ComputePlace): string {
  const asked = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return asked.length === 0 ? executor : `${executor} (${asked.join(', ')})`;
}

function deviceWords({ backend: { device, driver } }: Compute): string {
  return `${device} with the driver "${driver}"`;
}
