/** What the record says once bytes turned out to be damaged: they are not ours until a stage makes them again. */
import type { Digest } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { PLAN_MEMO } from '../memo/memo-kinds.ts';

/** A state with such an output is one whose objects have to be looked for, in vain. */
export function forgetInline(db: SqliteDatabase, digest: Digest): void {
  atOnce(db, () => {
    const artifact = db
      .prepare<[Buffer], number>('SELECT id FROM artifact WHERE digest = ?')
      .pluck()
      .get(blobOf(digest));
    if (artifact === undefined) return;
    db.prepare("UPDATE artifact SET place = 'external', content = NULL WHERE id = ?").run(artifact);
    db.prepare(
      'UPDATE state SET objects = objects + 1 WHERE id IN (SELECT state FROM state_output WHERE artifact = ?)',
    ).run(artifact);
    db.prepare(`DELETE FROM memo WHERE kind = '${PLAN_MEMO}'`).run();
  });
}

/**
 * The outputs of all states that were made of this artifact, directly or not, in the order in which they were recorded:
 * what has to be made again if the artifact was damaged before they read it.
 */
export function madeOf(
  db: SqliteDatabase,
  digest: Digest,
): readonly { state: string; digest: Digest; inline: boolean }[] {
  return db
    .prepare<[Buffer], { state: string; digest: Digest; place: string }>(
      `WITH RECURSIVE below (state) AS (
         SELECT i.state FROM artifact a JOIN state_input i ON i.artifact = a.id WHERE a.digest = ?
         UNION SELECT i.state FROM below b JOIN state_input i ON i.producer = b.state)
       SELECT lower(hex(s.key)) AS state, lower(hex(a.digest)) AS digest, a.place FROM below b
       JOIN state s ON s.id = b.state JOIN state_output o ON o.state = b.state JOIN artifact a ON a.id = o.artifact
       WHERE a.place <> 'external' ORDER BY b.state`,
    )
    .all(blobOf(digest))
    .map(({ state, digest: output, place }) => ({ state, digest: output, inline: place === 'inline' }));
}

function atOnce(db: SqliteDatabase, work: () => void): void {
  if (db.inTransaction) work();
  else db.transaction(work).immediate();
}
