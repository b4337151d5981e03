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

export class VerificationReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
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
