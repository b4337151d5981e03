/**
 * Writing equivalences: keys that a person has declared to mean a state on record, their ends, and what checks came to.
 */
import type { FieldChange } from '../../core/identity/cache-key.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { CodeWriter } from './code.ts';
import type { EquivalenceKind, RunFacts, StateInput, VerdictName } from './facts.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RunWriter } from './runs.ts';

export interface NewEquivalence {
  readonly kind: EquivalenceKind;
  readonly key: CacheKey;
  /** Id of the row of the state that the key means from now on. */
  readonly state: number;
  readonly pipeline: string;
  /** The pipeline's file, relative to its project. */
  readonly source: string;
  readonly node: string;
  readonly stage: string;
  /** The code of the key; it is on record. */
  readonly code: Digest;
  /** The fields in which the key differs from that of the state: `after` are its own. */
  readonly changes: readonly FieldChange[];
  /** Those of the key; null if they are those of the state. */
  readonly inputs: readonly StateInput[] | null;
  readonly message: string;
  readonly tolerance: { readonly relative: number; readonly ulp: number };
  readonly environment: RunFacts['environment'];
}

export interface NewRevocation {
  readonly equivalence: number;
  readonly message: string;
  readonly environment: RunFacts['environment'];
}

export interface NewCheck {
  readonly equivalence: number;
  readonly verdict: VerdictName;
  /** What differed: JSON-like. */
  readonly detail: unknown;
  readonly environment: RunFacts['environment'];
}

/** Of a key that has a state by now, or another equivalence, none is added. */
const IS_FREE = `NOT EXISTS (SELECT 1 FROM state WHERE key = @key)
  AND NOT EXISTS (SELECT 1 FROM equivalence e WHERE e.key = @key
    AND NOT EXISTS (SELECT 1 FROM equivalence_end d WHERE d.equivalence = e.id))`;

export class EquivalenceWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #runs: RunWriter;
  readonly #code: CodeWriter;
  readonly #now: () => number;
  readonly #sql;

  constructor(
    db: SqliteDatabase,
    commit: GroupCommit,
    names: Names,
    parts: { readonly runs: RunWriter; readonly code: CodeWriter },
    now: () => number,
  ) {
    this.#commit = commit;
    this.#names = names;
    this.#runs = parts.runs;
    this.#code = parts.code;
    this.#now = now;
    this.#sql = lazily({
      insert: () =>
        db.prepare<[Readonly<Record<string, unknown>>]>(
          `INSERT INTO equivalence (kind, key, state, pipeline, source, node, stage, code, changes, inputs, message,
             relative, ulp, at, environment)
           SELECT @kind, @key, @state, @pipeline, @source, @node, @stage, @code, @changes, @inputs, @message,
             @relative, @ulp, @at, @environment WHERE ${IS_FREE}`,
        ),
      revoke: () =>
        db.prepare<[number, number, string, Buffer | number]>(
          `INSERT INTO equivalence_end (equivalence, at, made, message, environment) VALUES (?, ?, NULL, ?, ?)
           ON CONFLICT DO NOTHING`,
        ),
      end: () =>
        db.prepare<[number, number, Buffer]>(
          `INSERT INTO equivalence_end (equivalence, at, made, message, environment)
           SELECT id, ?, ?, NULL, NULL FROM equivalence WHERE key = ? ON CONFLICT DO NOTHING`,
        ),
      check: () =>
        db.prepare<[number, number, string, string, Buffer | number]>(
          'INSERT INTO equivalence_check (equivalence, at, verdict, detail, environment) VALUES (?, ?, ?, ?, ?)',
        ),
    });
  }

  /**
   * All of them or none, at once.
   * @returns their ids, in their order; undefined for a key that got a state or an equivalence meanwhile
   */
  add(equivalences: readonly NewEquivalence[]): readonly (number | undefined)[] {
    return this.#commit.transact(() => equivalences.map((each) => this.#insert(each)));
  }

  #insert({ key, pipeline, node, stage, code, changes, inputs, tolerance, environment, ...rest }: NewEquivalence) {
    const inserted = this.#sql.insert.run({
      ...rest,
      key: blobOf(key),
      pipeline: this.#names.intern(pipeline),
      node: this.#names.intern(node),
      stage: this.#names.intern(stage),
      code: this.#code.idOf(code),
      changes: JSON.stringify(changes.map(({ name, after = null }) => [name, after])),
      inputs: inputs === null ? null : JSON.stringify(inputs),
      ...tolerance,
      at: this.#now(),
      environment: this.#runs.environment(environment),
    });
    return inserted.changes === 0 ? undefined : Number(inserted.lastInsertRowid);
  }

  /** At once. One that is over stays as it is. @returns how many were in force until now */
  revoke(revocations: readonly NewRevocation[]): number {
    return this.#commit.transact(() =>
      revocations.reduce((count, { equivalence, message, environment }) => {
        const place = this.#runs.environment(environment);
        return count + this.#sql.revoke.run(equivalence, this.#now(), message, place).changes;
      }, 0),
    );
  }

  /** A state was made for this key, so the key means that one: only inside a write transaction. */
  endBy(key: CacheKey, made: number): void {
    this.#sql.end.run(this.#now(), made, blobOf(key));
  }

  /** At once: it may have taken hours to find out. */
  check({ equivalence, verdict, detail, environment }: NewCheck): void {
    this.#commit.transact(() => {
      const place = this.#runs.environment(environment);
      this.#sql.check.run(equivalence, this.#now(), verdict, JSON.stringify(detail), place);
    });
  }
}
