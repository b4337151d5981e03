/** The part of fsck that looks at bytes: those of the database's rows, and those of objects. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import { type Digest, sha256, short } from '../../core/identity/digest.ts';
import { forgetInline, madeOf } from '../record/damage.ts';
import { type Checked, damage } from './checked.ts';
import type { FilesUse } from './files-use.ts';

interface ArtifactRow {
  readonly id: number;
  readonly digest: Digest;
  readonly bytes: number;
  readonly place: 'inline' | 'object' | 'external';
}

export function checkArtifacts(
  cache: Checked,
  repair: boolean,
  findings: Diagnostic[],
): { artifacts: number; bytes: number; evicted: FilesUse } {
  // Ids first: rows are changed while repairing, and a statement that is being read forbids that.
  const rows = cache.db
    .prepare<[], ArtifactRow>('SELECT id, lower(hex(digest)) AS digest, bytes, place FROM artifact')
    .all();
  let artifacts = 0;
  let bytes = 0;
  const evicted = { files: 0, bytes: 0 };
  for (const row of rows) {
    if (row.place === 'object' && isEvicted(cache, row)) {
      evicted.files++;
      evicted.bytes += row.bytes;
      continue;
    }
    if (row.place !== 'external') {
      artifacts++;
      bytes += row.bytes;
    }
    const finding = row.place === 'inline' ? checkInline(cache, row, repair) : checkObject(cache, row, repair);
    if (finding !== undefined) findings.push(finding);
  }
  return { artifacts, bytes, evicted };
}

/** A file that is there is checked, whatever the record says of it. */
function isEvicted({ db, objects }: Checked, { id, digest }: ArtifactRow): boolean {
  if (existsSync(objects.path(digest))) return false;
  return db.prepare<[number]>('SELECT 1 FROM eviction WHERE artifact = ?').get(id) !== undefined;
}

function checkInline(cache: Checked, row: ArtifactRow, repair: boolean): Diagnostic | undefined {
  const { content } = cache.db
    .prepare<[number], { content: Buffer | null }>('SELECT content FROM artifact WHERE id = ?')
    .get(row.id)!;
  if (content === null || (content.byteLength === row.bytes && sha256(content) === row.digest)) return undefined;
  const finding = corrupt(cache, row, repair);
  if (!repair) return finding;
  const below = madeOf(cache.db, row.digest);
  for (const { digest, inline } of below)
    if (inline) forgetInline(cache.db, digest);
    else cache.objects.remove(digest);
  forgetInline(cache.db, row.digest);
  const states = new Set(below.map(({ state }) => state)).size;
  // An older restage did not verify values of the database when it read them.
  const led =
    states === 0 ? '' : ` ${states === 1 ? '1 state' : `${states} states`} made of it will be made again too.`;
  return { ...finding, text: finding.text + led };
}

function checkObject(cache: Checked, row: ArtifactRow, repair: boolean): Diagnostic | undefined {
  const path = cache.objects.path(row.digest);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    const user = userOf(cache, row.id);
    if (user === undefined) return undefined;
    const text = `The artifact ${short(row.digest)} (${user}) is missing; the next run that needs it makes it again.`;
    return { kind: 'missing', damage: true, text, repaired: repair };
  }
  // Bytes of an external file that are in the store as well are checked as an orphan.
  if (row.place === 'external') return undefined;
  try {
    accessSync(path, constants.R_OK);
  } catch {
    return damage('unreadable', `The artifact ${path} may not be read by this user; change its permissions.`);
  }
  if (cache.objects.isIntact(row.digest, row.bytes)) return undefined;
  if (repair) cache.objects.remove(row.digest);
  return corrupt(cache, row, repair);
}

function corrupt(cache: Checked, row: ArtifactRow, repaired: boolean): Diagnostic {
  const name = `The artifact ${short(row.digest)} (${userOf(cache, row.id) ?? 'nothing refers to it'})`;
  const remedy = repaired ? 'it was removed' : '"restage fsck --repair" removes it';
  const text = `${name} does not hold the bytes that were stored; ${remedy}, and the next run makes it again.`;
  return { kind: 'corrupt', damage: true, text, repaired };
}

/** Whose bytes these are, in words; undefined for nobody's. */
function userOf({ db }: Checked, artifact: number): string | undefined {
  const output = db
    .prepare<[number], { text: string }>(
      `SELECT m.text || '.' || n.text AS text FROM state_output o JOIN name n ON n.id = o.name
       JOIN state s ON s.id = o.state JOIN attempt t ON t.id = s.attempt JOIN name m ON m.id = t.node
       WHERE o.artifact = ? LIMIT 1`,
    )
    .get(artifact);
  if (output !== undefined) return output.text;
  return db
    .prepare<[number, number, number], { text: string }>(
      `SELECT 'code of ' || n.text AS text FROM code c JOIN name n ON n.id = c.stage WHERE c.bundle = ?
       UNION ALL
       SELECT 'effect table of ' || n.text AS text FROM effect_table e JOIN study_effect t ON t.effect_table = e.id
       JOIN study s ON s.run = t.study JOIN name n ON n.id = s.name WHERE ? IN (e.inputs, e.content)
       UNION ALL
       SELECT 'code of ' || n.text AS text FROM code_source x JOIN code c ON c.id = x.code JOIN name n ON n.id = c.stage
       WHERE x.artifact = ? LIMIT 1`,
    )
    .get(artifact, artifact, artifact)?.text;
}
