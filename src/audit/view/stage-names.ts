/**
 * The stages of a run's nodes. A node without a state has its stage from another instance of its name in the run, else
 * from the latest state that it had in a run of the pipeline, else it goes by its own name.
 */
import type { Readers } from '../../store/query/readers.ts';
import type { VisitRecord } from '../../store/query/visits.ts';

export function stageNamesOf(query: Readers, visits: readonly VisitRecord[]): ReadonlyMap<string, string> {
  const byState = new Map(
    query.ancestry.states(visits.flatMap(({ state }) => state?.id ?? [])).map(({ id, stage }) => [id, stage]),
  );
  const byName = new Map(
    visits.flatMap(({ node, state }) => (state === null ? [] : [[nameOf(node), byState.get(state.id)!] as const])),
  );
  const elsewhere = (node: string, run: number): string | undefined => {
    const record = query.runs.get(run);
    if (record === undefined) return undefined;
    const pipeline = { name: record.pipeline, source: record.source };
    const visit = query.visits.latest(node, { pipeline, having: 'state' });
    return visit?.state == null ? undefined : query.states.get(visit.state.id)?.stage;
  };
  return new Map(
    visits.map(({ node, state, run }) => [
      node,
      (state === null ? undefined : byState.get(state.id)) ??
        byName.get(nameOf(node)) ??
        elsewhere(node, run) ??
        nameOf(node),
    ]),
  );
}

/** `train`, of `cv/train@fold=3` */
function nameOf(node: string): string {
  const [path] = node.split('@', 1);
  return path!.slice(path!.lastIndexOf('/') + 1);
}
