/** Writing artifacts: small ones in the database, larger ones as objects, those of others by their digest alone. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import { sha256 } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import { INLINE_LIMIT, type ObjectStore } from '../objects/object-store.ts';
import type { GroupCommit } from './group-commit.ts';

export class ArtifactWriter {
  readonly #commit: GroupCommit;
  readonly #objects: ObjectStore;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, objects: ObjectStore) {
    this.#commit = commit;
    this.#objects = objects;
    this.#sql = lazily({
      select: () =>
        db.prepare<[Buffer], { readonly id: number; readonly place: string }>(
          'SELECT id, place FROM artifact WHERE digest = ?',
        ),
      insert: () =>
        db.prepare<[Buffer, number, string, Uint8Array | null]>(
          'INSERT INTO artifact (digest, bytes, place, content) VALUES (?, ?, ?, ?)',
        ),
      update: () =>
        db.prepare<[string, Uint8Array | null, number]>('UPDATE artifact SET place = ?, content = ? WHERE id = ?'),
    });
  }

  /** Stores the bytes where their size belongs; the row comes with `idOf`. @throws CacheError */
  put(content: Uint8Array): Artifact {
    if (content.byteLength <= INLINE_LIMIT)
      return { digest: sha256(content), bytes: content.byteLength, inline: content };
    const { digest, bytes } = this.#objects.put([content]);
    this.#commit.require(digest);
    return { digest, bytes, inline: null };
  }

  /** The id of the artifact, which is added if it is new: only inside a write transaction. `external`: never ours. */
  idOf({ digest, bytes, inline }: Artifact, external = false): number {
    const key = blobOf(digest);
    const known = this.#sql.select.get(key);
    const place = inline !== null ? 'inline' : external ? 'external' : 'object';
    if (known === undefined) return Number(this.#sql.insert.run(key, bytes, place, inline).lastInsertRowid);
    // An external file's bytes that a stage has now made as well are ours from here on.
    if (known.place === 'external' && place !== 'external') this.#sql.update.run(place, inline, known.id);
    return known.id;
  }
}
