/** Writing the code of stages: the bundle that was hashed and executed, and the sources that it was made from. */
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { ArtifactWriter } from './artifacts.ts';
import type { CodeFacts } from './facts.ts';
import type { GroupCommit } from './group-commit.ts';

export class CodeWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #artifacts: ArtifactWriter;
  readonly #now: () => number;
  readonly #ids = new Map<Digest, number>();
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names, artifacts: ArtifactWriter, now: () => number) {
    this.#commit = commit;
    this.#names = names;
    this.#artifacts = artifacts;
    this.#now = now;
    this.#sql = lazily({
      select: () => db.prepare<[Buffer], number>('SELECT id FROM code WHERE digest = ?').pluck(),
      insert: () =>
        db.prepare<[Buffer, number, string, string, number, number]>(
          `INSERT INTO code (digest, stage, module, export, bundle, recorded_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
        ),
      insertProgram: () =>
        db.prepare<[Buffer, number, Buffer]>(
          'INSERT OR IGNORE INTO code_program (code, program, schema) SELECT id, ?, ? FROM code WHERE digest = ?',
        ),
      sources: () =>
        db
          .prepare<[Buffer], Buffer>(
            `SELECT a.digest FROM code c JOIN code_source s ON s.code = c.id JOIN artifact a ON a.id = s.artifact
             WHERE c.digest = ?`,
          )
          .pluck(),
      insertSource: () =>
        db.prepare<[number, string, number]>('INSERT INTO code_source (code, path, artifact) VALUES (?, ?, ?)'),
    });
    commit.onRollback(() => this.#ids.clear());
  }

  /**
   * Stores the code of stages, at once; of code that is known, the bytes that were lost. Its sources may be others
   * today, as after an edit of a comment: those on record stay, and nothing would name the others.
   */
  add(codes: readonly CodeFacts[]): void {
    const stored = codes.map((code) => ({
      ...code,
      bundle: this.#artifacts.put(code.bundle),
      sources: this.#named(code).map(({ path, content }) => ({ path, artifact: this.#artifacts.put(content) })),
    }));
    this.#commit.transact(() => {
      for (const { digest, stage, module, exportName, bundle, sources, program } of stored) {
        const text = this.#artifacts.idOf(bundle);
        const artifacts = sources.map(({ path, artifact }) => ({ path, artifact: this.#artifacts.idOf(artifact) }));
        const name = this.#names.intern(stage);
        const inserted = this.#sql.insert.run(blobOf(digest), name, module, exportName, text, this.#now());
        if (program !== undefined) this.#sql.insertProgram.run(blobOf(program.digest), program.schema, blobOf(digest));
        if (inserted.changes === 0) continue;
        const code = Number(inserted.lastInsertRowid);
        for (const { path, artifact } of artifacts) this.#sql.insertSource.run(code, path, artifact);
      }
    });
  }

  #named({ digest, sources }: CodeFacts): CodeFacts['sources'] {
    if (this.#sql.select.get(blobOf(digest)) === undefined) return sources;
    const known = new Set(this.#sql.sources.all(blobOf(digest)).map((each) => each.toString('hex')));
    return sources.filter(({ content }) => known.has(sha256(content)));
  }

  /** The id of code that is on record. */
  idOf(digest: Digest): number {
    let id = this.#ids.get(digest);
    if (id === undefined) {
      id = this.#sql.select.get(blobOf(digest));
      if (id === undefined) throw new Error(`internal error: code ${digest} was not recorded`);
      this.#ids.set(digest, id);
    }
    return id;
  }
}
