/**
 * Which states would perhaps not come out the same, or could not be made again at all, as far as the record and a look at
 * files tell. Their bytes are all there is.
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
   * They depend on an effect (the clock, the network), or on a GPU, or did not come out the same when they were verified. Those
   * whose stage does not declare the effect, or that a GPU made, are proven once `verify` has found the same bytes.
   */
  readonly unproven: ReadonlySet<number>;
  /** What they were made of is gone: their code, a file, or the bytes of an earlier state of a producer. */
  readonly irreplaceable: ReadonlySet<number>;
}

export function notRepeatable(db: SqliteDatabase, options: BytesThere): NotRepeatable {
  const all = (sql: string): readonly number[] => db.prepare<[], number>(sql).pluck().all();
  const proven = new Set(all(`${LATEST_VERDICT} = 'same'`));
  const doubtful = [...all(`${EFFECT} = 0`), ...all(`${LATEST_VERDICT} <> 'same'`), ...all(ON_GPU)];
  return {
    unproven: new Set([...all(`${EFFECT} = 1`), ...doubtful.filter((state) => !proven.has(state))]),
    irreplaceable: new Set([...withoutCode(db, options), ...withoutFile(db, options), ...all(REPLACED_INPUT)]),
  };
}

/** What a file or a variable says that a stage does not declare is most likely what it said before; the clock never is. */
const EFFECT = `SELECT DISTINCT a.state FROM name k CROSS JOIN state_access a ON a.kind = k.id
  WHERE k.text IN (${EFFECTS.map((effect) => `'${effect}'`).join(', ')}) AND a.declared`;

const LATEST_VERDICT = `SELECT v.state FROM verification v
  WHERE v.id = (SELECT max(l.id) FROM verification l WHERE l.state = v.state) AND v.verdict`;

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
