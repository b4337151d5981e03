/**
 * Which states would perhaps not come out the same, or could not be made again at all, as far as the record and a look
 * at files tell. Their bytes are all there is.
 */
import { statSync } from 'node:fs';
import { EFFECTS } from '../../../core/authoring/access.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import { downloadPath } from '../../coordination/downloads.ts';
import type { SqliteDatabase } from '../../database/database.ts';

export interface BytesThere {
  /** Of the cache. */
  readonly directory: string;
  /** Whether the bytes of an artifact are there, by the id of its row. */
  readonly isThere: (artifact: number) => boolean;
}

export interface NotRepeatable {
  /**
   * They depend on an effect (the clock, the network), or on a GPU, or did not come out the same when they were
   * verified. Those whose stage does not declare the effect, or that a GPU made, are proven once `verify` has found the
   * same bytes.
   */
  readonly unproven: ReadonlySet<number>;
  /**
   * What they were made of is gone: their code, a file, the bytes of an earlier state of a producer, or those of a
   * producer that is irreplaceable or unproven itself.
   */
  readonly irreplaceable: ReadonlySet<number>;
}

export function notRepeatable(db: SqliteDatabase, options: BytesThere): NotRepeatable {
  const all = (sql: string): readonly number[] => db.prepare<[], number>(sql).pluck().all();
  const proven = new Set(all(latestVerdict("= 'same'")));
  const doubtful = [...all(withEffect(0)), ...all(latestVerdict("<> 'same'")), ...all(ON_GPU)];
  const unproven = new Set([...all(withEffect(1)), ...doubtful.filter((state) => !proven.has(state))]);
  const irreplaceable = new Set([...withoutCode(db, options), ...withoutFile(db, options), ...all(REPLACED_INPUT)]);
  // A producer is on record before what is made of it, so all above a state is known by its turn.
  for (const { state, producer, artifact } of madeInputs(db))
    if (!options.isThere(artifact) && (unproven.has(producer) || irreplaceable.has(producer))) irreplaceable.add(state);
  return { unproven, irreplaceable };
}

/** What a state was made of, as far as it may have to be made again: not files, and not what is in the database. */
export interface MadeInput {
  readonly state: number;
  readonly producer: number;
  readonly artifact: number;
}

/** By the states that have them, the oldest first. */
export function madeInputs(db: SqliteDatabase): readonly MadeInput[] {
  return db
    .prepare<[], MadeInput>(
      `SELECT i.state, i.producer, i.artifact FROM state_input i JOIN artifact a ON a.id = i.artifact
       WHERE i.producer IS NOT NULL AND a.place <> 'inline' ORDER BY i.state`,
    )
    .all();
}

/**
 * What a file or a variable says that a stage does not declare is most likely what it said before; the clock never is.
 */
function withEffect(declared: 0 | 1): string {
  const effects = EFFECTS.map((effect) => `'${effect}'`).join(', ');
  return `SELECT DISTINCT a.state FROM name k CROSS JOIN state_access a ON a.kind = k.id
    WHERE k.text IN (${effects}) AND a.declared = ${declared}`;
}

function latestVerdict(condition: `${'=' | '<>'} '${string}'`): string {
  return `SELECT v.state FROM verification v
    WHERE v.id = (SELECT max(l.id) FROM verification l WHERE l.state = v.state) AND v.verdict ${condition}`;
}

const ON_GPU = `SELECT s.id FROM name n CROSS JOIN state s CROSS JOIN state_field f ON f.state = s.id AND f.name = n.id
  JOIN field_value v ON v.id = f.value WHERE n.text = 'backend' AND v.preview NOT LIKE '% on cpu'`;

/** The producer was made again with other bytes, so nobody can make these again. */
const REPLACED_INPUT = `SELECT DISTINCT i.state FROM state_input i WHERE i.producer IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM state_output o WHERE o.state = i.producer AND o.name = i.output AND o.artifact = i.artifact)`;

function withoutCode(db: SqliteDatabase, { isThere }: Pick<BytesThere, 'isThere'>): readonly number[] {
  const gone = db
    .prepare<[], { code: number; bundle: number; place: string }>(
      'SELECT c.id AS code, c.bundle, a.place FROM code c JOIN artifact a ON a.id = c.bundle',
    )
    .all()
    .filter(({ bundle, place }) => place !== 'inline' && !isThere(bundle))
    .map(({ code }) => code);
  return db
    .prepare<[string], number>('SELECT id FROM state WHERE code IN (SELECT value FROM json_each(?))')
    .pluck()
    .all(JSON.stringify(gone));
}

function withoutFile(db: SqliteDatabase, { directory }: Pick<BytesThere, 'directory'>): readonly number[] {
  const known = new Map<string, boolean>();
  const isThere = (path: string, bytes: number): boolean => {
    const question = `${bytes} ${path}`;
    let there = known.get(question);
    if (there === undefined) known.set(question, (there = lengthOf(path) === bytes));
    return there;
  };
  return db
    .prepare<[], { state: number; path: string; digest: Digest; bytes: number }>(
      'SELECT i.state, i.path, lower(hex(a.digest)) AS digest, a.bytes FROM state_input i JOIN artifact a ON a.id = i.artifact WHERE i.path IS NOT NULL',
    )
    .all()
    .filter(
      ({ path, digest, bytes }) => !isThere(/^https?:/.test(path) ? downloadPath(directory, digest) : path, bytes),
    )
    .map(({ state }) => state);
}

function lengthOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    // A path that cannot be looked at leads to no file that could be read.
    return undefined;
  }
}
