/** Which states other keys mean by what a person accepted, and in what those keys differ. */
import { acceptanceClause } from '../../core/diagnostics/acceptance-clause.ts';
import type { FieldChange } from '../../core/identity/cache-key.ts';
import type { EquivalenceRecord, EquivalentWork } from '../../store/query/equivalences.ts';
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
  const counted = new Map<number, { readonly each: EquivalenceRecord; readonly nodes: string[] }>();
  for (const [node, each] of countedByNode(query, run)) {
    const known = counted.get(each.id) ?? { each, nodes: [] };
    counted.set(each.id, known);
    known.nodes.push(node);
  }
  return [...counted.values()]
    .sort((a, b) => b.each.id - a.each.id)
    .map(({ each, nodes }) => ({ ...withChanges(query, each), nodes }));
}

/** The key that a node had in a run in which it took the state of another key. */
export interface MeantKey extends EquivalentWork {
  readonly equivalence: number;
}

/**
 * The keys of the nodes that took the state of another key in a run, by node: what the run was, and not what was made
 * once.
 */
export function meantKeysIn(query: Readers, run: number): ReadonlyMap<string, MeantKey> {
  const works = new Map<number, MeantKey>();
  const keyOf = (id: number): MeantKey => {
    const known = works.get(id) ?? { ...query.equivalences.workOf(id), equivalence: id };
    works.set(id, known);
    return known;
  };
  return new Map([...countedByNode(query, run)].map(([node, { id }]) => [node, keyOf(id)]));
}

/**
 * A visit has the words of the equivalence and not its number. Several of one state may have the same words: then it is
 * the latest that was in force during the run, one for this node if there is one.
 */
function countedByNode(query: Readers, run: number): ReadonlyMap<string, EquivalenceRecord> {
  const counted = new Map<string, EquivalenceRecord>();
  if (!query.equivalences.any()) return counted;
  const visits = query.visits.ofRun(run).filter(({ reason, state }) => reason !== null && state !== null);
  const byWords = new Map<string, EquivalenceRecord[]>();
  for (const each of query.equivalences.ofStates(visits.map(({ state }) => state!.id))) {
    const words = `${each.state} ${acceptanceClause(each)}`;
    byWords.set(words, [...(byWords.get(words) ?? []), each]);
  }
  const { startedAt, endedAt } = query.runs.get(run)!;
  const inForce = ({ at, end }: EquivalenceRecord): boolean =>
    at <= (endedAt ?? Number.MAX_SAFE_INTEGER) && (end === null || end.at >= startedAt);
  for (const { node, reason, state } of visits) {
    const same = byWords.get(`${state!.key} ${reason!}`) ?? [];
    const likely = same.filter(inForce);
    const found = likely.find((each) => each.node === node) ?? likely[0] ?? same[0];
    if (found !== undefined) counted.set(node, found);
  }
  return counted;
}

function withChanges(query: Readers, each: EquivalenceRecord): Acceptance {
  return { ...each, changes: query.equivalences.changesOf(each.id) };
}
