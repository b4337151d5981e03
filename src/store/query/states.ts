/** Reading states: by plan key, by cache key, with their outputs and fields. */
import type { Output } from '../../core/artifact/artifact.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import { type CacheKey, type Digest, type PlanKey, sha256 } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { HAS_DIGEST } from '../database/field-values.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';

/** A state as the planner needs it. */
export interface StateRow {
  readonly id: number;
  readonly key: CacheKey;
  /** Seconds that it took to make. */
  readonly seconds: number;
  /** How many of its outputs are in the object store: with none it is complete without a look. */
  readonly objects: number;
}

/** An output without its value. */
export type OutputRecord = Omit<Output, 'inline'>;

export interface StateRecord {
  readonly id: number;
  readonly key: CacheKey;
  readonly stage: string;
  readonly seconds: number;
  readonly attempt: number;
  readonly code: { readonly digest: Digest; readonly module: string; readonly exportName: string };
}

/** A state by its row's id, and the node that made it. */
export interface StateOfNode {
  readonly id: number;
  readonly node: string;
}

export class StateReader {
  readonly #names: Names;
  readonly #onDamage: (digest: Digest) => void;
  readonly #sql;

  /** @param onDamage called for a value of the database that is not what its digest says. */
  constructor(db: SqliteDatabase, names: Names, onDamage: (digest: Digest) => void) {
    this.#names = names;
    this.#onDamage = onDamage;
    this.#sql = lazily({
      byPlanKey: () =>
        db.prepare<[Buffer], StateRow>(
          'SELECT s.id, lower(hex(s.key)) AS key, s.seconds, s.objects FROM plan_key p JOIN state s ON s.id = p.state WHERE p.key = ?',
        ),
      byPlanKeys: () =>
        db.prepare<[string], StateRow & { readonly at: number }>(
          `SELECT j.key AS at, s.id, lower(hex(s.key)) AS key, s.seconds, s.objects
           FROM json_each(?) j JOIN plan_key p ON p.key = unhex(j.value) JOIN state s ON s.id = p.state`,
        ),
      goneOrWithObjects: () =>
        db.prepare<[string], { readonly asked: number } & (StateRow | { readonly id: null })>(
          `SELECT j.value AS asked, s.id, lower(hex(s.key)) AS key, s.seconds, s.objects
           FROM json_each(?) j LEFT JOIN state s ON s.id = j.value WHERE s.id IS NULL OR s.objects > 0`,
        ),
      seconds: () =>
        db
          .prepare<[string], number>(
            'SELECT s.seconds FROM json_each(?) j JOIN state s ON s.id = j.value ORDER BY j.key',
          )
          .pluck(),
      byKey: () =>
        db.prepare<[Buffer], StateRow>('SELECT id, lower(hex(key)) AS key, seconds, objects FROM state WHERE key = ?'),
      byKeys: () =>
        db.prepare<[string], StateRow & { readonly at: number }>(
          `SELECT j.key AS at, s.id, lower(hex(s.key)) AS key, s.seconds, s.objects
           FROM json_each(?) j JOIN state s ON s.key = unhex(j.value)`,
        ),
      outputs: () =>
        db.prepare<[number], Output>(
          `SELECT n.text AS name, k.text AS kind, lower(hex(a.digest)) AS digest, a.bytes, a.content AS inline
       FROM state_output o JOIN name n ON n.id = o.name JOIN name k ON k.id = o.kind JOIN artifact a ON a.id = o.artifact
       WHERE o.state = ? ORDER BY n.text`,
        ),
      outputsOfRun: () =>
        db.prepare<[number], OutputRecord & { readonly state: number }>(
          `SELECT DISTINCT o.state, n.text AS name, k.text AS kind, lower(hex(a.digest)) AS digest, a.bytes
           FROM visit v JOIN state_output o ON o.state = v.state JOIN name n ON n.id = o.name JOIN name k ON k.id = o.kind
           JOIN artifact a ON a.id = o.artifact WHERE v.run = ? ORDER BY o.state, n.text`,
        ),
      fields: () =>
        db.prepare<[number], { name: string; digest: Digest; preview: string }>(
          `SELECT n.text AS name, lower(hex(v.digest)) AS digest, v.preview
       FROM state_field f JOIN name n ON n.id = f.name JOIN field_value v ON v.id = f.value
       WHERE f.state = ? ORDER BY n.text`,
        ),
      previews: () =>
        db
          .prepare<[{ digest: Buffer }], string>(`SELECT preview FROM field_value WHERE ${HAS_DIGEST} ORDER BY id`)
          .pluck(),
      ownFields: () =>
        db.prepare<[string], { state: number; name: string; digest: Digest; preview: string }>(
          `SELECT f.state, n.text AS name, lower(hex(v.digest)) AS digest, v.preview
       FROM json_each(?) j JOIN state_field f ON f.state = j.value JOIN name n ON n.id = f.name
       JOIN field_value v ON v.id = f.value WHERE n.text NOT GLOB 'in.*' ORDER BY f.state, n.text`,
        ),
      backends: () =>
        db.prepare<[string], { digest: Digest; preview: string }>(
          `SELECT lower(hex(v.digest)) AS digest, v.preview
       FROM json_each(?) j JOIN state s ON s.key = unhex(j.value) JOIN state_field f ON f.state = s.id
       JOIN field_value v ON v.id = f.value WHERE f.name = (SELECT id FROM name WHERE text = 'backend')
       GROUP BY v.id ORDER BY min(s.id)`,
        ),
      recent: () =>
        db.prepare<[number, number, number], StateOfNode>(
          `SELECT r.id, n.text AS node FROM (SELECT id, attempt FROM state WHERE stage = ? AND id <= ? ORDER BY id DESC LIMIT ?) r
           JOIN attempt t ON t.id = r.attempt JOIN name n ON n.id = t.node ORDER BY r.id DESC`,
        ),
      newest: () => db.prepare<[], number | null>('SELECT max(id) FROM state').pluck(),
      record: () =>
        db.prepare<[number], RecordRow>(
          `SELECT s.id, lower(hex(s.key)) AS key, n.text AS stage, s.seconds, s.attempt,
             lower(hex(c.digest)) AS digest, c.module, c.export
           FROM state s JOIN name n ON n.id = s.stage JOIN code c ON c.id = s.code WHERE s.id = ?`,
        ),
    });
  }

  byPlanKey(key: PlanKey | Buffer): StateRow | undefined {
    return this.#sql.byPlanKey.get(typeof key === 'string' ? blobOf(key) : key);
  }

  /** The states of these plan keys, in their order; undefined for one that has none. */
  byPlanKeys(keys: readonly PlanKey[]): readonly (StateRow | undefined)[] {
    return inTheirOrder(keys, this.#sql.byPlanKeys.iterate(JSON.stringify(keys)));
  }

  /**
   * Of these states, those whose presence does not mean that they are complete: undefined for one that is not there.
   */
  goneOrWithObjects(
    ids: Iterable<number>,
  ): readonly { readonly asked: number; readonly state: StateRow | undefined }[] {
    return this.#sql.goneOrWithObjects
      .all(JSON.stringify([...ids]))
      .map(({ asked, ...row }) => ({ asked, state: row.id === null ? undefined : row }));
  }

  /** What each of these states, which are all there, took to make. */
  seconds(ids: readonly number[]): readonly number[] {
    return this.#sql.seconds.all(JSON.stringify(ids));
  }

  byKey(key: CacheKey): StateRow | undefined {
    return this.#sql.byKey.get(blobOf(key));
  }

  /** The states of these keys, in their order; undefined for one that is not on record. */
  byKeys(keys: readonly CacheKey[]): readonly (StateRow | undefined)[] {
    if (keys.length === 1) return [this.byKey(keys[0]!)];
    return inTheirOrder(keys, this.#sql.byKeys.iterate(JSON.stringify(keys)));
  }

  /** The outputs of all states that a run's nodes came to, without their values, by the state's row. */
  outputsOfRun(run: number): ReadonlyMap<number, readonly OutputRecord[]> {
    const outputs = new Map<number, OutputRecord[]>();
    for (const { state, ...output } of this.#sql.outputsOfRun.iterate(run)) {
      const known = outputs.get(state);
      if (known === undefined) outputs.set(state, [output]);
      else known.push(output);
    }
    return outputs;
  }

  /** A damaged value counts as an object that is missing. */
  outputs(state: number): readonly Output[] {
    return this.#sql.outputs.all(state).map((output) => {
      if (output.inline === null || sha256(output.inline) === output.digest) return output;
      this.#onDamage(output.digest);
      return { ...output, inline: null };
    });
  }

  fields(state: number): readonly Field[] {
    return this.#sql.fields.all(state);
  }

  /** Every text that is on record for the value of this digest. */
  previews(value: Digest): readonly string[] {
    return this.#sql.previews.all({ digest: blobOf(value) });
  }

  /** The fields of these states without those of their inputs, by the state's row. */
  ownFields(states: Iterable<number>): ReadonlyMap<number, readonly Field[]> {
    const fields = new Map<number, Field[]>();
    for (const { state, ...field } of this.#sql.ownFields.all(JSON.stringify([...new Set(states)]))) {
      const known = fields.get(state);
      if (known === undefined) fields.set(state, [field]);
      else known.push(field);
    }
    return fields;
  }

  /** The backends that are part of these states' keys, each once. */
  backends(keys: readonly CacheKey[]): readonly Omit<Field, 'name'>[] {
    return this.#sql.backends.all(JSON.stringify(keys));
  }

  get(id: number): StateRecord | undefined {
    const row = this.#sql.record.get(id);
    if (row === undefined) return undefined;
    const { digest, module, export: exportName, ...state } = row;
    return { ...state, code: { digest, module, exportName } };
  }

  /**
   * The latest states of a stage, newest first, each with the node that made it; none is newer than the state `upTo`.
   */
  recent(stage: string, limit: number, upTo = Number.MAX_SAFE_INTEGER): readonly StateOfNode[] {
    const id = this.#names.find(stage);
    return id === undefined ? [] : this.#sql.recent.all(id, upTo, limit);
  }

  /** Id of the newest state; 0 if there is none. */
  newest(): number {
    return this.#sql.newest.get() ?? 0;
  }
}

function inTheirOrder(
  { length }: readonly unknown[],
  rows: Iterable<StateRow & { readonly at: number }>,
): readonly (StateRow | undefined)[] {
  const states = new Array<StateRow | undefined>(length).fill(undefined);
  for (const { at, ...state } of rows) states[at] = state;
  return states;
}

interface RecordRow extends Omit<StateRecord, 'code'> {
  readonly digest: Digest;
  readonly module: string;
  readonly export: string;
}
