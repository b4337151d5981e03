/** An equivalence for a node that would run, as it is put on record. */
import { diffFields } from '../../../core/identity/cache-key.ts';
import { environmentFacts } from '../../../identity/environment/environment.ts';
import type { CodeIdentity } from '../../../identity/node-fields.ts';
import type { Cache } from '../../../store/cache.ts';
import type { PipelineId } from '../../../store/query/runs.ts';
import type { NewEquivalence } from '../../../store/record/equivalences.ts';
import { plannedInputs, type PlannedNodes } from './planned-inputs.ts';

export interface EquivalentNodes extends PlannedNodes {
  readonly pipeline: PipelineId;
  readonly codes: ReadonlyMap<string, CodeIdentity>;
}

/** @param index a node that runs. @param state id of the row of the state that its key is to mean */
export function newEquivalence(
  cache: Cache,
  nodes: EquivalentNodes,
  index: number,
  state: number,
  said: Pick<NewEquivalence, 'kind' | 'message' | 'tolerance'>,
): NewEquivalence {
  const { id, stage } = nodes.graph.nodes[index]!;
  const step = nodes.steps[index]!;
  if (step.status !== 'run') throw new Error(`internal error: node ${id} does not run`);
  const changes = diffFields(cache.query.states.fields(state), step.fields);
  const hasSameInputs = !changes.some(({ name }) => name.startsWith('in.'));
  return {
    ...said,
    key: step.key,
    state,
    pipeline: nodes.pipeline.name,
    source: nodes.pipeline.source,
    node: id,
    stage,
    code: nodes.codes.get(stage)!.digest,
    changes,
    inputs: hasSameInputs ? null : plannedInputs(cache, nodes, index),
    environment: environmentFacts(),
  };
}
