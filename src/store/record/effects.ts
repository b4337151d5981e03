/** Writing tables of effects: what a study found, what it was worked out from, and the files that it was written to. */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import type { ArtifactWriter } from './artifacts.ts';
import type { GroupCommit } from './group-commit.ts';

export interface NewEffectTable {
  /** The digest of its inputs. */
  readonly key: Digest;
  /** JSON. */
  readonly inputs: Uint8Array;
  /** JSON. */
  readonly content: Uint8Array;
  /** The states of its values: all are on record. */
  readonly sources: readonly CacheKey[];
}

export class EffectWriter {
  readonly #commit: GroupCommit;
  readonly #artifacts: ArtifactWriter;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, artifacts: ArtifactWriter) {
    this.#commit = commit;
    this.#artifacts = artifacts;
    this.#sql = lazily({
      table: () =>
        db.prepare<[Buffer, number, number]>(
          'INSERT INTO effect_table (key, inputs, content) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING',
        ),
      source: () =>
        db.prepare<[Buffer, Buffer]>(
          `INSERT INTO effect_source (effect_table, state)
           SELECT e.id, s.id FROM effect_table e JOIN state s WHERE e.key = ? AND s.key = ? ON CONFLICT DO NOTHING`,
        ),
      study: () =>
        db.prepare<[number, number, Buffer]>(
          `INSERT INTO study_effect (study, position, effect_table) SELECT ?, ?, id FROM effect_table WHERE key = ?
           ON CONFLICT DO NOTHING`,
        ),
      file: () =>
        db.prepare<[Buffer, number, string]>(
          `INSERT INTO effect_file (digest, study, form) VALUES (?, ?, ?)
           ON CONFLICT (digest) DO UPDATE SET study = excluded.study`,
        ),
    });
  }

  /** Queued: the tables of a study, in their order. The study is on record. */
  add(study: number, tables: readonly NewEffectTable[]): void {
    const stored = tables.map((table) => ({
      ...table,
      inputs: this.#artifacts.put(table.inputs),
      content: this.#artifacts.put(table.content),
    }));
    this.#commit.add(() => {
      for (const [position, { key, inputs, content, sources }] of stored.entries()) {
        const blob = blobOf(key);
        this.#sql.table.run(blob, this.#artifacts.idOf(inputs), this.#artifacts.idOf(content));
        for (const state of sources) this.#sql.source.run(blob, blobOf(state));
        this.#sql.study.run(study, position, blob);
      }
    });
  }

  /** Queued: a file with this digest has the tables of a study. */
  addFile(study: number, { digest, form }: { readonly digest: Digest; readonly form: string }): void {
    this.#commit.add(() => void this.#sql.file.run(blobOf(digest), study, form));
  }
}
