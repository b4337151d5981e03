/**
 * The database's schema, as a list of migrations. `PRAGMA user_version` is how many were applied. A migration that has
 * landed is never edited: a change is another migration, in a file of its own.
 *
 * Rows are only ever inserted, except leases, memos, pins, evictions, an artifact's content, and what healing changes.
 */
import type { Database } from 'better-sqlite3';
import { INITIAL } from './migrations/001-initial.ts';
import { RUN_PHASE } from './migrations/002-run-phase.ts';
import { FILE_DEVICE } from './migrations/003-file-device.ts';
import { METRIC_NAN } from './migrations/004-metric-nan.ts';
import { STATE_ACCESS } from './migrations/005-state-access.ts';
import { RUN_RESULT } from './migrations/006-run-result.ts';
import { VERIFICATION } from './migrations/007-verification.ts';
import { EQUIVALENCE } from './migrations/008-equivalence.ts';
import { VERIFICATION_SEEDS } from './migrations/009-verification-seeds.ts';
import { STUDY } from './migrations/010-study.ts';
import { EFFECT_TABLE } from './migrations/011-effect-table.ts';
import { VIEWS_FOR_QUESTIONS } from './migrations/012-views.ts';
import { EVICTION } from './migrations/013-eviction.ts';
import { LOST_ATTEMPTS } from './migrations/014-lost-attempts.ts';
import { RUN_BY_START } from './migrations/015-run-by-start.ts';
import { RUN_REMOVAL } from './migrations/016-run-removal.ts';
import { LEAN_FIELD_VALUES } from './migrations/017-lean-field-values.ts';

export const MIGRATIONS: readonly string[] = [
  INITIAL,
  RUN_PHASE,
  FILE_DEVICE,
  METRIC_NAN,
  STATE_ACCESS,
  RUN_RESULT,
  VERIFICATION,
  EQUIVALENCE,
  VERIFICATION_SEEDS,
  STUDY,
  EFFECT_TABLE,
  VIEWS_FOR_QUESTIONS,
  EVICTION,
  LOST_ATTEMPTS,
  RUN_BY_START,
  RUN_REMOVAL,
  LEAN_FIELD_VALUES,
];

/** Takes the database from one schema to another, inside the caller's transaction. */
export function applyMigrations(db: Database, from: number, to: number): void {
  for (const [index, migration] of MIGRATIONS.slice(from, to).entries()) {
    db.exec(migration);
    db.pragma(`user_version = ${from + index + 1}`);
  }
}
