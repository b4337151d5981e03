/** Writing traces: what the attempt that made a state computed on the way, as an artifact. */
import type { CacheKey } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import type { ArtifactWriter } from './artifacts.ts';
import type { GroupCommit } from './group-commit.ts';

export class TraceWriter {
  readonly #commit: GroupCommit;
  readonly #artifacts: ArtifactWriter;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, artifacts: ArtifactWriter) {
    this.#commit = commit;
    this.#artifacts = artifacts;
    this.#sql = lazily({
      insert: () =>
        db.prepare<[number, Buffer]>(
          `INSERT INTO state_trace (state, artifact) SELECT id, ? FROM state WHERE key = ?
           ON CONFLICT (state) DO UPDATE SET artifact = excluded.artifact`,
        ),
    });
  }

  /** At once, of a state that is on record. Of one that is made again, the later trace counts. @throws CacheError */
  add(state: CacheKey, content: Uint8Array): void {
    const artifact = this.#artifacts.put(content);
    this.#commit.transact(() => void this.#sql.insert.run(this.#artifacts.idOf(artifact), blobOf(state)));
  }
}
