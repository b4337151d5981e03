/**
 * Inputs that are outputs of states on record (`stateOutput`): finds what each reference names now. A reference may
 * lead somewhere else tomorrow, as a tag or `run:latest` does, so it is resolved for every plan and never remembered
 * alone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedRef } from '../../../core/authoring/state-output.ts';
import type { Graph, GraphInput } from '../../../core/graph/graph.ts';
import { type CacheKey, type Digest, short } from '../../../core/identity/digest.ts';
import { DefinitionError, RepeatError, UsageError } from '../../../errors.ts';
import type { Cache } from '../../../store/cache.ts';
import type { PipelineId } from '../../../store/query/runs.ts';
import { findReference } from '../../../store/reference/find.ts';
import { type FoundNode, isOlderState } from '../../../store/reference/found.ts';
import type { Repetitions } from '../../repetition/repetitions.ts';
import { recordedKey } from './outside.ts';

/** An output on record, with the state that made it. Plain JSON. */
export interface RecordedInput {
  readonly reference: string;
  readonly kind: string;
  readonly digest: Digest;
  readonly bytes: number;
  readonly state: CacheKey;
  readonly output: string;
  /** The node and the run that made it. */
  readonly node: string;
  readonly run: number;
}

/** By `recordedKey`. */
export type RecordedInputs = ReadonlyMap<string, RecordedInput>;

/** Which pipeline asks: a name without a pipeline is one of its own. */
export interface Asking extends PipelineId {
  /** Directory of its project. */
  readonly root: string;
}

/** What the references of the selected nodes name. @throws DefinitionError naming node, input and reference */
export function recordedInputs(
  cache: Cache,
  graph: Graph,
  selected: readonly boolean[],
  pipeline: Asking,
): RecordedInputs {
  const found = new Map<string, RecordedInput>();
  for (const { node, input, from } of recordedRefs(graph))
    if (selected[node] === true && !found.has(recordedKey(from)))
      found.set(recordedKey(from), resolve(cache, from, placeOf(graph.nodes[node]!.id, input), pipeline));
  return found;
}

function recordedRefs({ nodes }: Graph): readonly {
  readonly node: number;
  readonly input: GraphInput;
  readonly from: RecordedRef;
}[] {
  const refs: { node: number; input: GraphInput; from: RecordedRef }[] = [];
  for (let node = 0; node < nodes.length; node++)
    for (const input of nodes[node]!.inputs) if ('recorded' in input.from) refs.push({ node, input, from: input.from });
  return refs;
}

/** Whether the reference names the same output of the same state as before. */
export function isSameRecorded(cache: Cache, before: RecordedInput, pipeline: Asking): boolean {
  try {
    const now = resolve(cache, { recorded: before.reference, kind: before.kind }, '', pipeline);
    return now.digest === before.digest && now.state === before.state;
  } catch (error) {
    // Planning from the graph reports it.
    if (error instanceof DefinitionError) return false;
    throw error;
  }
}

function placeOf(node: string, { slot, index }: GraphInput): string {
  return `Input ${index === null ? slot : `${slot}.${index}`} of node ${node}`;
}

function resolve(cache: Cache, { recorded, kind }: RecordedRef, place: string, pipeline: Asking): RecordedInput {
  const refuse = (why: string): never => {
    throw new DefinitionError(`${place} is wired to stateOutput("${recorded}"): ${why}`);
  };
  const { query } = cache;
  const found = find(cache, recorded, pipeline, refuse);
  const { state, output, digest, bytes, kind: actual } = found;
  if (actual !== kind)
    refuse(
      `that output is ${actual}, but the input takes ${kind}; give the codec of the output, and an input of its kind.`,
    );
  const { node, run } = query.attempts.get(query.states.get(state)!.attempt)!;
  return { reference: recorded, kind, digest, bytes, state: query.states.get(state)!.key, output, node, run };
}

interface FoundArtifact {
  /** Id of its row. */
  readonly state: number;
  readonly output: string;
  readonly kind: string;
  readonly digest: Digest;
  readonly bytes: number;
}

function find({ query }: Cache, recorded: string, pipeline: Asking, refuse: (why: string) => never): FoundArtifact {
  const found = lookUp(recorded, refuse, () =>
    findReference(query, recorded, {
      pipelines: [pipeline],
      isThere: (source) => existsSync(join(pipeline.root, source)),
    }),
  );
  switch (found?.kind) {
    case 'output': {
      if (found.of !== undefined && isOlderState(found.of)) refuse(olderState(found.of));
      const { name, kind, digest, bytes } = found.output;
      return { state: found.state.id, output: name.slice(name.lastIndexOf('.') + 1), kind, digest, bytes };
    }
    case 'artifact': {
      const { digest, bytes } = found.artifact;
      const [producer] = query.lineage.producers(digest, 1);
      if (producer === undefined) return refuse('no stage made that artifact; wire in a file with externalFile(path).');
      const state = query.states.byKey(producer.state)!.id;
      return { state, output: producer.slot, kind: producer.kind!, digest, bytes };
    }
    case 'node':
    case 'state': {
      const outputs = found.state === undefined ? [] : query.states.outputs(found.state.id);
      const names = outputs.map(({ name }) => name);
      return refuse(`that is a state; name an output of it, such as ${recorded}.${names[0] ?? 'network'}.`);
    }
    case 'run':
      return refuse(`that is a run; name an output in it, such as ${recorded}/train.network.`);
    case 'code':
      return refuse('that is the code of a stage; name an output, such as run:3/train.network.');
    case 'effects':
      return refuse('that is an effect table; name an output, such as run:3/train.network.');
    case undefined:
      return refuse(
        `pipeline ${pipeline.name} has nothing of that name on record; name an output in a run, such as run:3/train.network, of a tag, or of another pipeline, such as other:train.network.`,
      );
  }
}

function lookUp<T>(recorded: string, refuse: (why: string) => never, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message);
    throw error;
  }
}

/** To go on from an older state than the latest visit is a decision, and not restage's. */
function olderState({ node, latest, state }: FoundNode): string {
  return `${node} ${latest?.outcome === 'failed' ? 'failed' : 'was skipped'} in run ${latest!.run}, so it has no latest output; name the run of the state that you mean, or the state ${short(state!.key)}.`;
}

/** @throws UsageError if a node that may run takes bytes that are missing and cannot be made again */
export async function checkBytes(
  graph: Graph,
  mayRun: (node: number) => boolean,
  recorded: RecordedInputs,
  repetitions: Repetitions,
): Promise<void> {
  if (recorded.size === 0) return;
  for (const { node: index, input, from } of recordedRefs(graph)) {
    if (!mayRun(index)) continue;
    const { reference, state, output, node } = recorded.get(recordedKey(from))!;
    try {
      await repetitions.toRestore(state);
    } catch (cause) {
      if (!(cause instanceof RepeatError)) throw cause;
      throw new UsageError(
        `${placeOf(graph.nodes[index]!.id, input)} takes ${output} of ${node} (stateOutput("${reference}"), state ${short(state)}), whose bytes are missing from the cache and cannot be made again from the record: ${lowerFirst(cause.message)}`,
        { cause },
      );
    }
  }
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
