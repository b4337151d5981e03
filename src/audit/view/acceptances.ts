/** Which states other keys mean by what a person accepted, and in what those keys differ. */
import { acceptanceClause } from '../../core/diagnostics/acceptance-clause.ts';
import type { FieldChange } from '../../core/identity/cache-key.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';
import type { Readers } from '../../store/query/readers.ts';

export interface Acceptance extends EquivalenceRecord {
  /** In what the key differs from that of the state: `before` is the state's. */
  readonly changes: readonly FieldChange[];
}

/** One by which nodes of a run had their states, with their names. */
export interface AcceptedNodes extends Acceptance {
  readonly nodes: readonly string[];
}

/** All of these states, in force or over, the latest first. @param states ids of their rows */
export function acceptancesOf(query: Readers, states: Iterable<number>): readonly Acceptance[] {
  if (!query.equivalences.any()) return [];
  return query.equivalences.ofStates(states).map((each) => withChanges(query, each));
}

/** Those that counted in a run. */
export function acceptancesIn(query: Readers, run: number): readonly AcceptedNodes[] {
  if (!query.equivalences.any()) return [];
  const visits = query.visits.ofRun(run).filter(({ reason, state }) => reason !== null && state !== null);
  const nodesOf = new Map<string, string[]>();
  for (const { node, reason, state } of visits) {
    const nodes = nodesOf.get(`${state!.key} ${reason!}`) ?? [];
    nodesOf.set(`${state!.key} ${reason!}`, nodes);
    nodes.push(node);
  }
  return query.equivalences.ofStates(visits.map(({ state }) => state!.id)).flatMap((each) => {
    const named = nodesOf.get(`${each.state} ${acceptanceClause(each)}`);
    return named === undefined ? [] : [{ ...withChanges(query, each), nodes: named }];
  });
}

function withChanges(query: Readers, each: EquivalenceRecord): Acceptance {
  return { ...each, changes: query.equivalences.changesOf(each.id) };
}
