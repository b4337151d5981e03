/** The states that the nodes of a run have so far, and the outputs that the nodes below read. */
import type { Output } from '../../core/artifact/artifact.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { FileRef } from '../../core/authoring/file-ref.ts';
import type { RecordedRef } from '../../core/authoring/state-output.ts';
import type { Graph, GraphInput } from '../../core/graph/graph.ts';
import type { MadeBy } from '../../events.ts';
import { recordedKey } from '../../planning/plan/outside/outside.ts';
import type { RecordedInputs } from '../../planning/plan/outside/recorded-inputs.ts';
import type { Cache } from '../../store/cache.ts';
import { downloadPath } from '../../store/coordination/downloads.ts';
import type { StateInput } from '../../store/record/facts.ts';
import type { StateRow } from '../../store/query/states.ts';
import type { TaskInput } from '../../executors/contract.ts';

/** An output, by its node in the graph. */
export interface OutputOf {
  readonly node: number;
  readonly output: string;
}

export type Outputs = ReadonlyMap<string, Output>;
type ExternalFiles = ReadonlyMap<string, { readonly digest: Digest; readonly bytes: number }>;

/** A state that exists: on record, or just made by this run. */
export type Found = OnRecord | { readonly key: CacheKey; readonly outputs: readonly Output[] };

export interface OnRecord {
  /** Id of its row. */
  readonly id: number;
  readonly key: CacheKey;
  readonly seconds: number;
}

export interface Recorded {
  readonly state: StateRow;
  readonly isComplete: boolean;
}

export class MadeStates {
  readonly #cache: Cache;
  readonly #graph: Graph;
  readonly #files: ExternalFiles;
  readonly #recorded: RecordedInputs;
  /** By node. */
  readonly #made: Found[] = [];
  /** By node, of those that were asked for. */
  readonly #outputs = new Map<number, Outputs>();

  constructor(cache: Cache, graph: Graph, files: ExternalFiles, recorded: RecordedInputs) {
    this.#cache = cache;
    this.#graph = graph;
    this.#files = files;
    this.#recorded = recorded;
  }

  /** The node has this state now. */
  take(node: number, state: Found): void {
    this.#made[node] = state;
    if (this.#outputs.size > 0) this.#outputs.delete(node);
  }

  /** The outputs of a node by name; undefined if it has no state yet. */
  outputs(node: number): Outputs | undefined {
    const made = this.#made[node];
    if (made === undefined) return undefined;
    let outputs = this.#outputs.get(node);
    if (outputs === undefined) {
      const list = 'id' in made ? this.#cache.query.states.outputs(made.id) : made.outputs;
      outputs = new Map(list.map((output) => [output.name, output]));
      this.#outputs.set(node, outputs);
    }
    return outputs;
  }

  /** Id of the row of the node's state, if it was on record before. */
  idOf(node: number): number | undefined {
    const made = this.#made[node];
    return made !== undefined && 'id' in made ? made.id : undefined;
  }

  /** The same of a node that may have no state. */
  before(node: number): ReturnType<MadeStates['made']> | undefined {
    return this.#made[node] === undefined ? undefined : this.made(node);
  }

  /** The key of a node that has a state, and its outputs, which are read on first use. */
  made(node: number): { readonly key: CacheKey; readonly outputs: () => Outputs } {
    return { key: this.#made[node]!.key, outputs: () => this.outputs(node)! };
  }

  output(from: OutputOf): Output {
    const output = this.outputs(from.node)?.get(from.output);
    if (output === undefined)
      throw new Error(`internal error: ${this.#graph.nodes[from.node]!.id} has no output ${from.output} yet`);
    return output;
  }

  /** The states on record under these keys, in their order, each with whether all of its outputs can be read. */
  recorded(keys: readonly CacheKey[]): readonly (Recorded | undefined)[] {
    return this.#cache.query.states
      .byKeys(keys)
      .map((state) => state && { state, isComplete: this.#cache.isComplete(state) });
  }

  /** The run that holds the lease on this key; null if that is unknown. */
  makerOf(key: CacheKey): number | null {
    const owner = this.#cache.leases.holder(key);
    return owner === undefined ? null : (this.#cache.query.runs.ofOwner(owner) ?? null);
  }

  /** The run and the node that made a state on record. */
  madeBy({ id }: { readonly id: number }): MadeBy {
    const { run, node } = this.#cache.query.attempts.get(this.#cache.query.states.get(id)!.attempt)!;
    return { run, node };
  }

  /** Names of the outputs that have different bytes on record under the same key. */
  otherThanBefore(key: CacheKey, outputs: readonly Output[]): readonly string[] {
    const before = this.#cache.query.states.byKey(key);
    if (before === undefined) return [];
    const old = new Map(this.#cache.query.states.outputs(before.id).map(({ name, digest }) => [name, digest]));
    return outputs.flatMap(({ name, digest }) => (old.has(name) && old.get(name) !== digest ? [name] : []));
  }

  /** An input in the form that a task takes. */
  source(from: GraphInput['from']): TaskInput['source'] {
    if ('file' in from) {
      const { file, remote } = from;
      if (remote === undefined) return { type: 'file', path: file, ...this.#pinOf(from) };
      return { type: 'file', path: downloadPath(this.#cache.directory, remote.sha256), ...this.#pinOf(from), remote };
    }
    const { digest, bytes, inline } = 'recorded' in from ? this.#recordedOutput(from) : this.output(from);
    return { type: 'artifact', digest, bytes, inline };
  }

  /** An input in the form that is recorded with the state. */
  recordOf({ slot, index, from }: GraphInput): StateInput {
    if ('file' in from) {
      return { slot, index, ...this.#pinOf(from), from: { path: from.file } };
    }
    if ('recorded' in from) {
      const { digest, bytes, state, output } = this.#recorded.get(recordedKey(from))!;
      return { slot, index, digest, bytes, from: { state, output } };
    }
    const { digest, bytes } = this.output(from);
    return { slot, index, digest, bytes, from: { state: this.#made[from.node]!.key, output: from.output } };
  }

  /** The outputs of a state that is on record. */
  outputsOnRecord(key: CacheKey): readonly Output[] {
    const { states } = this.#cache.query;
    return states.outputs(states.byKey(key)!.id);
  }

  #recordedOutput(from: RecordedRef): Output {
    const { state, output } = this.#recorded.get(recordedKey(from))!;
    return this.outputsOnRecord(state).find(({ name }) => name === output)!;
  }

  #pinOf({ file, remote }: FileRef): { readonly digest: Digest; readonly bytes: number } {
    if (remote !== undefined) return { digest: remote.sha256, bytes: remote.bytes };
    const { digest, bytes } = this.#files.get(file)!;
    return { digest, bytes };
  }

  /** The state on record that made the first such input (`stateOutput`), in the same way as `lostProducer`. */
  lostRecorded(node: number, thorough: boolean): CacheKey | undefined {
    for (const { from } of this.#graph.nodes[node]!.inputs)
      if ('recorded' in from && !this.#isGood(this.#recordedOutput(from), thorough))
        return this.#recorded.get(recordedKey(from))!.state;
    return undefined;
  }

  /** The producer of the first input whose bytes are missing or (`thorough`) do not match their digest. */
  lostProducer(node: number, thorough: boolean): number | undefined {
    for (const { from } of this.#graph.nodes[node]!.inputs)
      if ('node' in from && !this.#isGood(this.output(from), thorough)) return from.node;
    return undefined;
  }

  /** Whether the bytes that the node's state lacks are evicted ones, all of them. */
  isEvicted(node: number): boolean {
    return this.#cache.isEvicted([...this.outputs(node)!.values()]);
  }

  #isGood({ digest, bytes, inline }: Output, thorough: boolean): boolean {
    if (inline !== null) return true;
    return thorough ? this.#cache.objects.isIntact(digest, bytes) : this.#cache.objects.has(digest, bytes);
  }
}
