/** Writing artifacts: small ones in the database, larger ones as objects, those of others by their digest alone. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import { INLINE_LIMIT, type ObjectStore } from '../objects/object-store.ts';
import type { EvictionWriter } from './evictions.ts';
import type { GroupCommit } from './group-commit.ts';

export class ArtifactWriter {
  readonly #commit: GroupCommit;
  readonly #objects: ObjectStore;
  readonly #evictions: EvictionWriter;
  readonly #ids = new Map<Digest, number>();
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, objects: ObjectStore, evictions: EvictionWriter) {
    this.#commit = commit;
    this.#objects = objects;
    this.#evictions = evictions;
    this.#sql = lazily({
      select: () =>
        db.prepare<[Buffer], { readonly id: number; readonly place: string; readonly content: Buffer | null }>(
          'SELECT id, place, content FROM artifact WHERE digest = ?',
        ),
      insert: () =>
        db.prepare<[Buffer, number, string, Uint8Array | null]>(
          'INSERT INTO artifact (digest, bytes, place, content) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING',
        ),
      update: () =>
        db.prepare<[string, Uint8Array | null, number]>('UPDATE artifact SET place = ?, content = ? WHERE id = ?'),
    });
    commit.onRollback(() => this.#ids.clear());
  }

  /** Stores the bytes where their size belongs; the row comes with `idOf`. @throws CacheError */
  put(content: Uint8Array): Artifact {
    if (content.byteLength <= INLINE_LIMIT)
      return { digest: sha256(content), bytes: content.byteLength, inline: content };
    const { digest, bytes } = this.#objects.put([content]);
    this.#commit.require(digest);
    return { digest, bytes, inline: null };
  }

  /** The id of an artifact whose bytes are there, which is added if it is new: only inside a write transaction. */
  idOf({ digest, bytes, inline }: Artifact): number {
    return this.#add(digest, bytes, inline === null ? 'object' : 'inline', inline);
  }

  /** The id of an input's artifact: of a file that is not ours, or of another state's output. */
  idOfInput(digest: Digest, bytes: number, isFile: boolean): number {
    return this.#ids.get(digest) ?? this.#add(digest, bytes, isFile ? 'external' : 'object', null);
  }

  #add(digest: Digest, bytes: number, place: string, inline: Uint8Array | null): number {
    const key = blobOf(digest);
    // Inserted first: most artifacts that this process does not know are new.
    const inserted = this.#sql.insert.run(key, bytes, place, inline);
    let id = Number(inserted.lastInsertRowid);
    if (inserted.changes === 0) {
      const known = this.#sql.select.get(key)!;
      id = known.id;
      // An external file's bytes that a stage has now made as well are ours from here on. Damaged ones are healed.
      const isDamaged = inline !== null && known.content !== null && !known.content.equals(inline);
      if (place === 'object') this.#evictions.returnedRow(id);
      if ((known.place === 'external' && place !== 'external') || isDamaged) this.#sql.update.run(place, inline, id);
    }
    this.#ids.set(digest, id);
    return id;
  }
}
