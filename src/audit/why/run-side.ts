/** A run on record, as one side of a comparison. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import { short } from '../../core/identity/digest.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { type MeantKey, meantKeysIn } from '../view/acceptances.ts';
import { type Edge, graphOfRun } from '../view/run-graph.ts';
import { viewRun } from '../view/run-view.ts';
import type { InputSource, Side, SideNode } from './side.ts';

export function runSide(query: Readers, run: RunRecord): Side {
  const view = viewRun(query, run);
  const meant = meantKeysIn(query, run.id);
  const graph = graphOfRun(query, view, meant);
  const nodes = [...view.nodes.values()].map(({ node, outcome, reason, state }): SideNode => ({
    id: node,
    key: state?.key ?? null,
    outcome,
    reason,
    equivalence: meant.get(node)?.equivalence ?? null,
    inputs: (graph.get(node) ?? []).map(({ slot, index, digest, from }) => ({
      slot,
      index,
      digest,
      from: sourceOf(from),
    })),
  }));
  return {
    run: run.id,
    params: run.params as CanonicalValue,
    seed: run.seed,
    nodes: new Map(nodes.map((node) => [node.id, node])),
    fieldsOf(asked) {
      const ids = new Map<string, number>();
      for (const node of asked) {
        const state = view.nodes.get(node)?.state;
        if (state != null) ids.set(node, state.id);
      }
      const fields = query.states.ownFields(ids.values());
      return new Map([...ids].map(([node, id]) => [node, ownFieldsOf(meant.get(node)) ?? fields.get(id) ?? []]));
    },
  };
}

/** Undefined where they are those of the state. */
function ownFieldsOf(key: MeantKey | undefined): readonly Field[] | undefined {
  return key?.fields.filter(({ name }) => !name.startsWith('in.'));
}

function sourceOf(from: Edge['from']): InputSource {
  switch (from.kind) {
    case 'node':
    case 'file':
      return from;
    case 'state':
      return { kind: 'recorded', text: `${from.node}.${from.output} of state ${short(from.state)}` };
  }
}
