/** What is not as it was around a state: facts about the host and its versions, which no key holds. */
import type { Readers } from '../../store/query/readers.ts';

export interface PlaceChange {
  /** Such as `cpu`, `node` or `release`. */
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** @param facts of here and now, as `environmentFacts` gives them */
export function placeChanges(query: Readers, run: number, facts: string): readonly PlaceChange[] {
  const before = (query.runs.environment(run) ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(JSON.parse(facts) as Readonly<Record<string, unknown>>)
    .map(([name, after]) => ({ name, before: before[name] ?? null, after }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}
