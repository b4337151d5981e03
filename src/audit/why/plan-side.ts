/** What a run would do now, as one side of a comparison. */
import type { GraphInput } from '../../core/graph/graph.ts';
import { short } from '../../core/identity/digest.ts';
import { outsideDigest, recordedKey } from '../../planning/plan/outside/outside.ts';
import type { Step } from '../../planning/plan/plan.ts';
import type { PreparedRun } from '../../planning/plan/prepared-run.ts';
import type { Cache } from '../../store/cache.ts';
import type { Side, SideInput, SideNode } from './side.ts';

export function planSide({ query }: Cache, prepared: PreparedRun): Side {
  const { definition, steps, conditions, fieldsOf, fileDigests, recorded } = prepared;
  const { nodes } = definition.graph;
  const positions = new Map(nodes.map(({ id }, index) => [id, index]));

  const inputOf = ({ slot, index, from }: GraphInput): SideInput => {
    if ('node' in from) {
      const step = steps[from.node]!;
      const source = { kind: 'node', node: nodes[from.node]!.id, output: from.output } as const;
      return { slot, index, digest: step.status === 'hit' ? outputOf(step, from.output) : null, from: source };
    }
    const digest = outsideDigest(fileDigests, from) ?? null;
    if ('file' in from) return { slot, index, digest, from: { kind: 'file', path: from.file } };
    const { node, output, state } = recorded.get(recordedKey(from))!;
    return { slot, index, digest, from: { kind: 'recorded', text: `${node}.${output} of state ${short(state)}` } };
  };
  const outputOf = (step: Extract<Step, { status: 'hit' }>, output: string): SideInput['digest'] =>
    query.states.outputs(step.state.id).find(({ name }) => name === output)?.digest ?? null;

  const taking = nodes.flatMap(({ id, inputs }, index): SideNode[] => {
    const step = steps[index]!;
    if (step.status === 'excluded') return [];
    return [{ id, ...about(step), inputs: inputs.map(inputOf) }];
  });
  return {
    run: null,
    params: prepared.params,
    seed: conditions.seed,
    nodes: new Map(taking.map((node) => [node.id, node])),
    fieldsOf: (asked) =>
      new Map([...asked].flatMap((id) => (positions.has(id) ? [[id, fieldsOf(positions.get(id)!)] as const] : []))),
  };
}

function about(
  step: Exclude<Step, { status: 'excluded' }>,
): Pick<SideNode, 'key' | 'outcome' | 'reason' | 'equivalence'> {
  switch (step.status) {
    case 'hit':
      return {
        key: step.state.key,
        outcome: step.planned ? 'hit' : 'cut-off',
        reason: null,
        equivalence: step.equivalence ?? null,
      };
    case 'run':
      return { key: step.key, outcome: 'run', reason: step.reason, equivalence: null };
    case 'pending':
      return { key: null, outcome: 'pending', reason: step.reason, equivalence: null };
  }
}
