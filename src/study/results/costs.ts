/** What the branches of a study cost, from the record: the time that each state took, split among those that use it. */
import type { EffectTable } from '../../core/statistics/effect-table.ts';
import { type ExperimentCost, fairCosts, type WorkUnit } from '../../core/statistics/fair-cost.ts';
import type { Cache } from '../../store/cache.ts';
import type { StudyRecord } from '../../store/query/studies.ts';
import type { StudyDefinition } from '../definition/study-definition.ts';

/**
 * All seeds of a branch count as its work. A state counts as cached if the study's run found it. Branches that did not
 * finish with a seed cost what they have.
 */
export function studyCosts(cache: Cache, record: StudyRecord): ExperimentCost {
  const { query } = cache;
  const { branches } = record.definition as StudyDefinition;
  const made = new Set(
    query.visits
      .ofRun(record.run)
      .flatMap(({ outcome, state }) => (outcome === 'ran' && state !== null ? [state.id] : [])),
  );
  const users = new Map<number, Set<string>>();
  for (const { branch, seed, run } of query.studies.branches(record.run)) {
    const states = run === null ? query.studies.unfinished(record.run, branch, seed) : query.visits.statesOf(run);
    for (const { state } of states) users.set(state, (users.get(state) ?? new Set()).add(branch));
  }
  const units = [...users].map(([state, names]): WorkUnit => ({
    seconds: query.states.get(state)!.seconds,
    branches: [...names],
    cached: !made.has(state),
  }));
  return fairCosts(
    branches.map(({ name }) => name),
    units,
  );
}

/** The tables with what each of their branches costs. */
export function withCosts<T extends EffectTable>(tables: readonly T[], { branches }: ExperimentCost): readonly T[] {
  const costOf = (branch: string) => branches.get(branch) ?? null;
  return tables.map((table) => ({
    ...table,
    baseCost: costOf(table.base),
    rows: table.rows.map((row) => ({ ...row, cost: costOf(row.variant) })),
  }));
}
