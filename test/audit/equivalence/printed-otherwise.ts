/** The record of a restage that linked and printed code in another way. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { cacheKey, type Field } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { InProcessProject } from '../../helpers/in-process-project.ts';

/** Makes the record one of a restage that printed the code of all stages otherwise: another text, and so other keys. */
export function printedOtherwise({ cache }: InProcessProject): void {
  const db = new Database(join(cache, 'state.db'));
  db.transaction(() => {
    db.exec('DELETE FROM plan_key; DELETE FROM memo;');
    const codes = db.prepare<[], { id: number; digest: Buffer }>('SELECT id, digest FROM code').all();
    for (const { id, digest } of codes) {
      const other = sha256('printed by an older restage', digest);
      db.prepare('UPDATE code SET digest = ? WHERE id = ?').run(Buffer.from(other, 'hex'), id);
      db.prepare('UPDATE field_value SET digest = ?, preview = ? WHERE digest = ?').run(
        Buffer.from(other, 'hex'),
        other.slice(0, 8),
        digest,
      );
    }
    for (const state of db.prepare<[], number>('SELECT id FROM state').pluck().all()) {
      const fields = db
        .prepare<[number], Field>(
          `SELECT n.text AS name, lower(hex(v.digest)) AS digest, v.preview FROM state_field f
           JOIN name n ON n.id = f.name JOIN field_value v ON v.id = f.value WHERE f.state = ?`,
        )
        .all(state);
      db.prepare('UPDATE state SET key = ? WHERE id = ?').run(Buffer.from(cacheKey(fields), 'hex'), state);
    }
  })();
  db.close();
}
