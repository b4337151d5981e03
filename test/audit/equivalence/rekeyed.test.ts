import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import { cacheKey, type Field } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { ask, chainProject, edit, executed, sumOf } from './chain-project.ts';

/** Makes the record one of a restage that printed the code of all stages otherwise: another text, and so other keys. */
function printedOtherwise({ cache }: InProcessProject): void {
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

let project: InProcessProject;
beforeEach(async () => {
  project = chainProject();
  await project.run();
  printedOtherwise(project);
});

describe('code that an earlier restage printed otherwise', () => {
  test('runs nothing if its sources are the same, and this is said once', async () => {
    const { outcomes, events, report } = await project.run();
    expect(Object.values(outcomes)).toEqual(['hit', 'hit', 'hit', 'hit', 'hit']);
    expect(sumOf(report)).toBe(9);
    expect(events.filter(({ type }) => type === 'notice')).toMatchObject([
      { text: expect.stringMatching(/^5 states are found again: their stages have the same sources/) as unknown },
    ]);
    expect((await project.run()).events.filter(({ type }) => type === 'notice')).toEqual([]);
    expect((await ask(project, 'show', 'sum')).stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /code changed; accepted as the same program by .*: the sources are those of the code [0-9a-f]{8}/,
    );
    expect(executed(project)).toEqual({ base: 1, part: 3, sum: 1 });
  });

  test('runs where a source differs, and below it where bytes do', async () => {
    edit(project, { part: 'start + k + 10' });
    const { outcomes } = await project.run();
    // One file has all stages, so the sources of each of them differ.
    expect(outcomes).toMatchObject({ base: 'ran', 'part@k=0': 'ran', sum: 'ran' });
  });

  test('can be revoked, and is not found again then', async () => {
    await project.run();
    await ask(project, 'accept', '--revoke', 'sum', '-m', 'to be sure');
    expect((await project.run()).outcomes).toMatchObject({ base: 'hit', 'part@k=0': 'hit', sum: 'ran' });
  });
});
