/** What a node that would run takes, as a state's record has it. */
import type { Digest } from '../../../core/identity/digest.ts';
import type { Graph, GraphInput } from '../../../core/graph/graph.ts';
import type { Cache } from '../../../store/cache.ts';
import type { StateInput } from '../../../store/record/facts.ts';
import { recordedKey } from '../outside/outside.ts';
import type { Step } from '../plan.ts';
import type { RecordedInputs } from '../outside/recorded-inputs.ts';

export interface PlannedNodes {
  readonly files: ReadonlyMap<string, { readonly digest: Digest; readonly bytes: number }>;
  readonly recorded: RecordedInputs;
  readonly graph: Graph;
  readonly steps: readonly Step[];
}

/** @param node one whose producers all have states */
export function plannedInputs(cache: Cache, planned: PlannedNodes, node: number): readonly StateInput[] {
  return planned.graph.nodes[node]!.inputs.map((input) => inputOf(cache, planned, input));
}

function inputOf(
  { query }: Cache,
  { steps, recorded, files }: PlannedNodes,
  { slot, index, from }: GraphInput,
): StateInput {
  if ('node' in from) {
    const step = steps[from.node]!;
    if (step.status !== 'hit') throw new Error(`internal error: node ${from.node} has no state`);
    const { digest, bytes } = query.states.outputs(step.state.id).find(({ name }) => name === from.output)!;
    return { slot, index, digest, bytes, from: { state: step.state.key, output: from.output } };
  }
  if ('recorded' in from) {
    const { digest, bytes, state, output } = recorded.get(recordedKey(from))!;
    return { slot, index, digest, bytes, from: { state, output } };
  }
  const { file: path, remote } = from;
  if (remote !== undefined) return { slot, index, digest: remote.sha256, bytes: remote.bytes, from: { path } };
  return { slot, index, ...files.get(path)!, from: { path } };
}
