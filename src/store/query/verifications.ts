/** Reading verifications: what came of executing states again. */
import type { Queries } from '../database/statements.ts';
import type { VerdictName } from '../record/facts.ts';

export interface VerificationRecord {
  readonly at: number;
  readonly verdict: VerdictName;
  /** What differed, as it was recorded. */
  readonly detail: unknown;
  /** The host, the user and the versions of the verification. */
  readonly environment: unknown;
}

export type LatestVerdict = Pick<VerificationRecord, 'at' | 'verdict'>;

export class VerificationReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** The latest verdict of each of these states, by the state's row. */
  latest(states: Iterable<number>): ReadonlyMap<number, LatestVerdict> {
    const rows = this.#queries.all<{ state: number; at: number; verdict: VerdictName }>(
      `SELECT v.state, v.at, v.verdict FROM json_each(?) j CROSS JOIN verification v ON v.state = j.value ORDER BY v.id`,
      JSON.stringify([...states]),
    );
    return new Map(rows.map(({ state, ...verdict }) => [state, verdict]));
  }

  /** Of a state, the latest first. */
  of(state: number): readonly VerificationRecord[] {
    return this.#queries
      .all<{ at: number; verdict: VerdictName; detail: string; facts: string }>(
        `SELECT v.at, v.verdict, v.detail, e.facts FROM verification v JOIN environment e ON e.id = v.environment
         WHERE v.state = ? ORDER BY v.id DESC`,
        state,
      )
      .map(({ at, verdict, detail, facts }) => ({
        at,
        verdict,
        detail: JSON.parse(detail) as unknown,
        environment: JSON.parse(facts) as unknown,
      }));
  }
}
