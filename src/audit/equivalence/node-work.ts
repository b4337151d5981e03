/** What a node that would run is made of: its inputs, as a state's record has them. */
import type { GraphInput } from '../../core/graph/graph.ts';
import { recordedKey } from '../../planning/plan/outside.ts';
import type { PreparedRun } from '../../planning/plan/prepared-run.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateInput } from '../../store/record/facts.ts';

/** @param node one whose producers all have states */
export function inputsOf(cache: Cache, prepared: PreparedRun, node: number): readonly StateInput[] {
  return prepared.definition.graph.nodes[node]!.inputs.map((input) => inputOf(cache, prepared, input));
}

function inputOf({ query }: Cache, prepared: PreparedRun, { slot, index, from }: GraphInput): StateInput {
  if ('node' in from) {
    const step = prepared.steps[from.node]!;
    if (step.status !== 'hit') throw new Error(`internal error: node ${from.node} has no state`);
    const { digest, bytes } = query.states.outputs(step.state.id).find(({ name }) => name === from.output)!;
    return { slot, index, digest, bytes, from: { state: step.state.key, output: from.output } };
  }
  if ('recorded' in from) {
    const { digest, bytes, state, output } = prepared.recorded.get(recordedKey(from))!;
    return { slot, index, digest, bytes, from: { state, output } };
  }
  const { file: path, remote } = from;
  if (remote !== undefined) return { slot, index, digest: remote.sha256, bytes: remote.bytes, from: { path } };
  return { slot, index, ...prepared.files.get(path)!, from: { path } };
}
