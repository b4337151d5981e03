/**
 * Whether what a record says of itself fits together: what is held is what its digest says, and a state is what its key
 * says. Nobody can change a parameter, an input or the code of a state in it without another key.
 */
import { cacheKey, type Field } from '../../core/identity/cache-key.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { SliceError } from '../../errors.ts';
import type { SqliteDatabase } from '../database/database.ts';

/**
 * @param outside states that are on record elsewhere, of a part: what they gave is not known here
 * @throws SliceError with a clause: what is wrong with the record
 */
export function checkSlice(db: SqliteDatabase, outside: ReadonlySet<number> = new Set()): void {
  checkArtifacts(db);
  checkTexts(db);
  checkStates(db);
  checkOrder(db, outside);
}

function checkArtifacts(db: SqliteDatabase): void {
  const held = db.prepare(`SELECT digest, bytes, content FROM artifact WHERE place = 'inline'`).iterate();
  for (const { digest, bytes, content } of held as Iterable<Held>)
    if (sha256(content) !== digest.toString('hex') || content.length !== bytes)
      throw new SliceError(`its record holds an artifact that is not what its digest ${shown(digest)} says`);
}

interface Held {
  readonly digest: Buffer;
  readonly bytes: number;
  readonly content: Buffer;
}

/** What is JSON, with what it has to be. */
const TEXTS = `
  SELECT 'the arguments of a run' AS what, argv AS text, 'array' AS kind FROM run
  UNION ALL SELECT 'the parameters of a run', params, NULL FROM run
  UNION ALL SELECT 'the facts about a host', facts, 'object' FROM environment
  UNION ALL SELECT 'the changes of an equivalence', changes, 'array' FROM equivalence
  UNION ALL SELECT 'the inputs of an equivalence', inputs, 'array' FROM equivalence WHERE inputs IS NOT NULL
  UNION ALL SELECT 'the check of an equivalence', detail, NULL FROM equivalence_check
  UNION ALL SELECT 'a verification', detail, NULL FROM verification
  UNION ALL SELECT 'the definition of a study', definition, 'object' FROM study
  UNION ALL SELECT 'the nodes that a branch lacks', missing, 'array' FROM study_branch`;

function checkTexts(db: SqliteDatabase): void {
  const texts = db.prepare(TEXTS).iterate() as Iterable<{ what: string; text: string; kind: string | null }>;
  for (const { what, text, kind } of texts) {
    const found = kindOf(text);
    if (found === undefined || (kind !== null && found !== kind))
      throw new SliceError(`its record has ${what} in another form than restage writes`);
  }
}

function kindOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  } catch {
    return undefined;
  }
}

interface KeyedState {
  readonly id: number;
  readonly key: Buffer;
  readonly code: Buffer;
}

function checkStates(db: SqliteDatabase): void {
  const fieldsOf = db.prepare<[number], { name: string; digest: Digest }>(
    `SELECT n.text AS name, lower(hex(v.digest)) AS digest FROM state_field f JOIN name n ON n.id = f.name
     JOIN field_value v ON v.id = f.value WHERE f.state = ?`,
  );
  const inputsOf = db.prepare<[number], { field: string; digest: Digest }>(
    `SELECT 'in.' || n.text || iif(i.position < 0, '', '.' || i.position) AS field, lower(hex(a.digest)) AS digest
     FROM state_input i JOIN name n ON n.id = i.slot JOIN artifact a ON a.id = i.artifact WHERE i.state = ?`,
  );
  const states = db
    .prepare<[], KeyedState>('SELECT s.id, s.key, c.digest AS code FROM state s JOIN code c ON c.id = s.code')
    .all();
  for (const { id, key, code } of states) {
    const fields: readonly Field[] = fieldsOf.all(id).map((field) => ({ ...field, preview: '' }));
    const digests = new Map(fields.map(({ name, digest }) => [name, digest]));
    const inputs = inputsOf.all(id);
    const fits =
      cacheKey(fields) === key.toString('hex') &&
      digests.get('code') === code.toString('hex') &&
      fields.filter(({ name }) => name.startsWith('in.')).length === inputs.length &&
      inputs.every(({ field, digest }) => digests.get(field) === digest);
    if (!fits) throw new SliceError(`its record has a state that is not what its key ${shown(key)} says`);
  }
}

/** A producer is on record before what takes its outputs, so nothing is made of itself. */
function checkOrder(db: SqliteDatabase, outside: ReadonlySet<number>): void {
  const wrong = db
    .prepare(
      `SELECT 1 FROM state_input i WHERE i.producer IS NOT NULL AND (i.producer >= i.state OR i.path IS NOT NULL OR (
         i.producer NOT IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
           SELECT 1 FROM state_output o WHERE o.state = i.producer AND o.name = i.output)))
       UNION ALL SELECT 1 FROM state_input WHERE producer IS NULL AND path IS NULL LIMIT 1`,
    )
    .get(JSON.stringify([...outside]));
  if (wrong !== undefined) throw new SliceError('its record has an input that nothing made');
}

function shown(digest: Buffer): string {
  return digest.toString('hex', 0, 4);
}
