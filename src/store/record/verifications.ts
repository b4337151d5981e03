/** Writing verifications: what came of executing a state again. */
import type { CacheKey } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import type { RunFacts, VerdictName } from './facts.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RunWriter } from './runs.ts';

export interface NewVerification {
  readonly state: CacheKey;
  readonly verdict: VerdictName;
  /** What differed: JSON-like. */
  readonly detail: unknown;
  readonly environment: RunFacts['environment'];
}

export class VerificationWriter {
  readonly #commit: GroupCommit;
  readonly #runs: RunWriter;
  readonly #now: () => number;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, runs: RunWriter, now: () => number) {
    this.#commit = commit;
    this.#runs = runs;
    this.#now = now;
    this.#sql = lazily({
      insert: () =>
        db.prepare<[number, string, string, number, Buffer]>(
          `INSERT INTO verification (state, at, verdict, detail, environment)
           SELECT id, ?, ?, ?, ? FROM state WHERE key = ?`,
        ),
    });
  }

  /** At once: it may have taken hours to find out. */
  add({ state, verdict, detail, environment }: NewVerification): void {
    this.#commit.transact(() => {
      const place = this.#runs.environment(environment);
      this.#sql.insert.run(this.#now(), verdict, JSON.stringify(detail), place, blobOf(state));
    });
  }
}
