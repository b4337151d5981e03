/**
 * Checking a cache: the database's own integrity, every artifact's bytes against its digest, every state's key against
 * its fields and those against its inputs, and leftovers. Damage always ends as a miss: repairing removes damaged
 * bytes, so that the next run makes them again.
 */
import { CODE_MEMO, PLAN_MEMO } from '../memo/memo-kinds.ts';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import { cacheKey, type Field } from '../../core/identity/cache-key.ts';
import { type CacheKey, type Digest, short } from '../../core/identity/digest.ts';
import { effectKey } from '../../core/statistics/effect-record.ts';
import { asCacheError, openDatabase } from '../database/database.ts';
import { openToLook } from '../database/open-to-look.ts';
import { handleDiagnostics, type KeyFacts } from '../coordination/attempt-handles.ts';
import { isGone } from '../coordination/owner.ts';
import { downloadDiagnostics } from '../coordination/downloads.ts';
import { liveDiagnostics } from '../coordination/live-file.ts';
import { ObjectStore } from '../objects/object-store.ts';
import { abandonedDiagnostics } from './abandoned.ts';
import { checkArtifacts } from './check-artifacts.ts';
import { type Checked, damage } from './checked.ts';
import type { FilesUse } from './files-use.ts';

export interface FsckReport {
  readonly artifacts: number;
  readonly bytes: number;
  /** Artifacts whose bytes "restage gc" evicted: nothing is wrong with them. */
  readonly evicted: FilesUse;
  readonly states: number;
  readonly findings: readonly Diagnostic[];
  /** Damage that is still there. */
  readonly damaged: number;
}

/** An object younger than this may belong to a run that is about to record it. */
const SETTLED_MS = 3_600_000;

/** @throws CacheError if the database is so damaged that it cannot be queried */
export function fsck(
  directory: string,
  { repair, now = Date.now() }: { readonly repair: boolean; readonly now?: number },
): FsckReport {
  const db = repair ? openDatabase(directory) : openToLook(directory);
  try {
    const cache: Checked = { directory, db, objects: new ObjectStore(directory) };
    const findings = [
      ...databaseDiagnostics(cache),
      ...keyDiagnostics(cache),
      ...inputDiagnostics(cache),
      ...effectDiagnostics(cache),
    ];
    const artifacts = checkArtifacts(cache, repair, findings);
    // The lost bytes may be a stage's code: without its memos it is bundled, and stored, again by the next run.
    if (repair && findings.length > 0)
      db.prepare(`DELETE FROM memo WHERE kind IN ('${CODE_MEMO}', '${PLAN_MEMO}')`).run();
    findings.push(...orphanDiagnostics(cache, repair, now), ...abandonedDiagnostics(directory, repair, now));
    findings.push(...handleDiagnostics(directory, keyFacts(cache, now), repair, now));
    findings.push(...downloadDiagnostics(directory, repair, now), ...liveDiagnostics(directory, repair));
    const states = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM state').get()!.n;
    const damaged = findings.filter(({ damage, repaired }) => damage && !repaired).length;
    return { ...artifacts, states, findings, damaged };
  } catch (error) {
    throw asCacheError(error, directory);
  } finally {
    db.close();
  }
}

function keyFacts({ db }: Checked, now: number): KeyFacts {
  const made = db.prepare<[Buffer], number>('SELECT 1 FROM state WHERE key = ?').pluck();
  const lease = db.prepare<[Buffer], { readonly owner: string; readonly heartbeat: number }>(
    'SELECT owner, heartbeat FROM lease WHERE key = ?',
  );
  return {
    isMade: (key) => made.get(Buffer.from(key, 'hex')) !== undefined,
    isLeased: (key) => {
      const held = lease.get(Buffer.from(key, 'hex'));
      return held !== undefined && !isGone(held.owner, held.heartbeat, now);
    },
  };
}

function* databaseDiagnostics({ db, directory }: Checked): Generator<Diagnostic> {
  const rescue = `move ${join(directory, 'state.db')} and its -wal and -shm files away together, and run again`;
  for (const { integrity_check: text } of db.pragma('integrity_check') as { integrity_check: string }[])
    if (text !== 'ok')
      yield damage('database', `The database says of itself: ${text.replaceAll('\n', ' ')}; ${rescue}.`);
  const broken = db.pragma('foreign_key_check') as { table: string; rowid: number | null; parent: string }[];
  for (const { table, rowid, parent } of broken) {
    const row = rowid === null ? 'A row' : `Row ${rowid}`;
    yield damage('reference', `${row} of table ${table} refers to a row of ${parent} that is not there; ${rescue}.`);
  }
}

/** A state whose fields don't add up to its key was changed by other hands, or by a bug. */
function* keyDiagnostics({ db }: Checked): Generator<Diagnostic> {
  const rows = db
    .prepare<[], { id: number; key: CacheKey; name: string; digest: Digest }>(
      `SELECT s.id, lower(hex(s.key)) AS key, n.text AS name, lower(hex(v.digest)) AS digest
       FROM state s JOIN state_field f ON f.state = s.id JOIN name n ON n.id = f.name JOIN field_value v ON v.id = f.value
       ORDER BY s.id`,
    )
    .iterate();
  let key: CacheKey | undefined;
  let fields: Field[] = [];
  const wrong = (): Diagnostic[] =>
    key === undefined || cacheKey(fields) === key
      ? []
      : [damage('key', `The fields of state ${short(key)} do not give its key; do not trust what it says.`)];
  for (const { key: next, name, digest } of rows) {
    if (next !== key) {
      yield* wrong();
      key = next;
      fields = [];
    }
    fields.push({ name, digest, preview: '' });
  }
  yield* wrong();
}

/** What a state says it was made of, twice: in the fields of its key, and as inputs with where they came from. */
function* inputDiagnostics({ db }: Checked): Generator<Diagnostic> {
  const rows = db
    .prepare<[], { key: CacheKey; name: string }>(
      `WITH recorded AS (
         SELECT i.state, 'in.' || n.text || iif(i.position < 0, '', '.' || i.position) AS name, a.digest
         FROM state_input i JOIN name n ON n.id = i.slot JOIN artifact a ON a.id = i.artifact),
       told AS (
         SELECT f.state, n.text AS name, v.digest
         FROM name n JOIN state_field f ON f.name = n.id JOIN field_value v ON v.id = f.value
         WHERE n.text GLOB 'in.*'),
       differing AS (
         SELECT state, name FROM (SELECT * FROM recorded EXCEPT SELECT * FROM told)
         UNION SELECT state, name FROM (SELECT * FROM told EXCEPT SELECT * FROM recorded))
       SELECT lower(hex(s.key)) AS key, d.name FROM differing d JOIN state s ON s.id = d.state ORDER BY s.id, d.name`,
    )
    .all();
  for (const { key, name } of rows)
    yield damage(
      'input',
      `The input ${name.slice('in.'.length)} of state ${short(key)} on record is not the one that its key was made of; do not trust where it says it came from.`,
    );
}

/** An effect table is called by the digest of its inputs. Inputs that are damaged or gone are told as artifacts. */
function* effectDiagnostics({ db, objects }: Checked): Generator<Diagnostic> {
  const rows = db
    .prepare<[], { key: Digest; digest: Digest; bytes: number; content: Buffer | null }>(
      `SELECT lower(hex(e.key)) AS key, lower(hex(a.digest)) AS digest, a.bytes, a.content
       FROM effect_table e JOIN artifact a ON a.id = e.inputs ORDER BY e.id`,
    )
    .all();
  for (const { key, digest, bytes, content } of rows) {
    const inputs = content ?? (objects.isIntact(digest, bytes) ? objects.read(digest, bytes) : undefined);
    if (inputs !== undefined && effectKey(inputs) !== key)
      yield damage(
        'key',
        `The inputs of the effect table ${short(key)} do not give its digest; do not trust what it says.`,
      );
  }
}

/** Objects without a record: a run was killed between storing and recording. */
function* orphanDiagnostics({ db, objects }: Checked, repair: boolean, now: number): Generator<Diagnostic> {
  const known = db.prepare<[Buffer], { place: string }>('SELECT place FROM artifact WHERE digest = ?');
  for (const { digest } of objects.list()) {
    if (known.get(Buffer.from(digest, 'hex'))?.place === 'object') continue;
    const path = objects.path(digest);
    const age = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (age < SETTLED_MS) continue;
    if (repair) objects.remove(digest);
    const remedy = repair ? 'it was removed' : '"restage fsck --repair" removes it';
    const text = `The object ${path} is not on record, left over from a run that was killed; ${remedy}.`;
    yield { kind: 'orphan', damage: false, text, repaired: repair };
  }
}
