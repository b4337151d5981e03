/** Writing states: what an attempt made, of what, and which plans lead to it; healing where bytes had been lost. */
import type { CacheKey, PlanKey } from '../../core/identity/digest.ts';
import type { Leases } from '../coordination/leases.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { PLAN_MEMO } from '../memo/memo-kinds.ts';
import { lazily } from '../database/statements.ts';
import type { AccessWriter } from './accesses.ts';
import type { ArtifactWriter } from './artifacts.ts';
import type { AttemptWriter } from './attempts.ts';
import type { CodeWriter } from './code.ts';
import type { NewState, StateInput } from './facts.ts';
import type { EquivalenceWriter } from './equivalences.ts';
import type { FieldWriter } from './fields.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RowBuffer } from './row-buffer.ts';

/** Position of an input whose slot takes one. */
const NO_POSITION = -1;

/** The writers that the writer of states needs. */
export interface StateParts {
  readonly attempts: AttemptWriter;
  readonly artifacts: ArtifactWriter;
  readonly code: CodeWriter;
  readonly fields: FieldWriter;
  readonly accesses: AccessWriter;
  readonly equivalences: EquivalenceWriter;
}

type InputRow = [
  state: number,
  slot: number,
  position: number,
  artifact: number,
  producer: number | null,
  output: number | null,
  path: string | null,
];

export class StateWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #parts: StateParts;
  readonly #ids = new Map<CacheKey, number>();
  readonly #inputs: RowBuffer<InputRow>;
  readonly #outputs: RowBuffer<[state: number, name: number, kind: number, artifact: number]>;
  readonly #planKeys: RowBuffer<[key: Buffer, state: number]>;
  readonly #released: RowBuffer<[key: Buffer]>;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names, leases: Leases, parts: StateParts) {
    this.#commit = commit;
    this.#names = names;
    this.#parts = parts;
    this.#inputs = commit.rows(
      7,
      (rows) => `INSERT INTO state_input (state, slot, position, artifact, producer, output, path) VALUES ${rows}`,
    );
    this.#outputs = commit.rows(4, (rows) => `INSERT INTO state_output (state, name, kind, artifact) VALUES ${rows}`);
    this.#planKeys = commit.rows(
      2,
      (rows) => `INSERT INTO plan_key (key, state) VALUES ${rows} ON CONFLICT DO UPDATE SET state = excluded.state`,
    );
    this.#released = commit.rows(1, (rows) => leases.releasing(rows));
    this.#sql = prepareStatements(db);
    commit.onRollback(() => this.#ids.clear());
  }

  /** What a successful attempt has made. The lease on it, if any, is given back in the same transaction. */
  add(task: string, state: NewState): void {
    for (const { digest, inline } of state.outputs) if (inline === null) this.#commit.require(digest);
    this.#commit.add(() => {
      const attempt = this.#parts.attempts.close(task);
      if (!this.#insert(attempt, state)) this.#heal(this.idOf(state.key), attempt, state);
      this.#planKeys.add(blobOf(state.planKey), this.idOf(state.key));
      this.#released.add(blobOf(state.key));
    });
  }

  /** The state of this plan key turned out to be one that was there: early cutoff. */
  addPlanKey(planKey: PlanKey, key: CacheKey): void {
    this.#commit.add(() => this.#planKeys.add(blobOf(planKey), this.idOf(key)));
  }

  /** The same by the state's row: only inside a write transaction. */
  leadTo(planKey: PlanKey, state: number): void {
    this.#planKeys.add(blobOf(planKey), state);
  }

  /** The id of a state that is on record: only inside a write transaction. */
  idOf(key: CacheKey): number {
    const id = this.#find(key);
    if (id === undefined) throw new Error(`internal error: state ${key} is not recorded`);
    return id;
  }

  /** False for a state that is on record already: most are new, so the look-up is left to those that are not. */
  #insert(attempt: number, state: NewState): boolean {
    const { key, stage, seconds, inputs, outputs } = state;
    const { code, fields, artifacts, equivalences } = this.#parts;
    const objects = outputs.filter((output) => output.inline === null).length;
    const codeId = code.idOf(state.code);
    const inserted = this.#sql.insert.run(blobOf(key), this.#names.intern(stage), codeId, attempt, seconds, objects);
    if (inserted.changes === 0) return false;
    const id = Number(inserted.lastInsertRowid);
    this.#ids.set(key, id);
    equivalences.endBy(key, id);
    fields.insert(id, state.fields);
    this.#parts.accesses.insert(id, state.accesses);
    for (const input of inputs) this.#insertInput(id, input);
    for (const output of outputs) {
      const [name, kind] = [this.#names.intern(output.name), this.#names.intern(output.kind)];
      this.#outputs.add(id, name, kind, artifacts.idOf(output));
    }
    return true;
  }

  #insertInput(state: number, { slot, index, digest, bytes, from }: StateInput): void {
    const isFile = 'path' in from;
    this.#inputs.add(
      state,
      this.#names.intern(slot),
      index ?? NO_POSITION,
      this.#parts.artifacts.idOfInput(digest, bytes, isFile),
      isFile ? null : this.idOf(from.state),
      isFile ? null : this.#names.intern(from.output),
      isFile ? from.path : null,
    );
  }

  /** A state whose bytes were lost was made again. Where they differ, the old ones are gone for good. */
  #heal(id: number, attempt: number, { outputs, seconds, accesses }: NewState): void {
    // What heals may have been queued in the same transaction.
    this.#commit.writeRows();
    this.#parts.accesses.replace(id, accesses);
    let differs = false;
    for (const output of outputs) {
      const artifact = this.#parts.artifacts.idOf(output);
      const changed = this.#sql.updateOutput.run(artifact, id, this.#names.intern(output.name), artifact).changes > 0;
      differs ||= changed;
    }
    if (!differs) return;
    // What was made of the old bytes is a state still, but no longer what a plan leads to.
    const objects = outputs.filter(({ inline }) => inline === null).length;
    this.#sql.update.run(objects, attempt, seconds, id);
    this.#sql.forgetPlansBelow.run(id);
    this.#sql.forgetNoOps.run();
  }

  #find(key: CacheKey): number | undefined {
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#sql.select.get(blobOf(key));
      if (id !== undefined) this.#ids.set(key, id);
    }
    return id;
  }
}

function prepareStatements(db: SqliteDatabase) {
  return lazily({
    select: () => db.prepare<[Buffer], number>('SELECT id FROM state WHERE key = ?').pluck(),
    insert: () =>
      db.prepare<[Buffer, number, number, number, number, number]>(
        `INSERT INTO state (key, stage, code, attempt, seconds, objects) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (key) DO NOTHING`,
      ),
    updateOutput: () =>
      db.prepare<[number, number, number, number]>(
        'UPDATE state_output SET artifact = ? WHERE state = ? AND name = ? AND artifact <> ?',
      ),
    update: () =>
      db.prepare<[number, number, number, number]>(
        'UPDATE state SET objects = ?, attempt = ?, seconds = ? WHERE id = ?',
      ),
    forgetPlansBelow: () =>
      db.prepare<[number]>(
        `DELETE FROM plan_key WHERE state IN (
           WITH RECURSIVE below (state) AS (
             SELECT state FROM state_input WHERE producer = ?
             UNION SELECT i.state FROM below b JOIN state_input i ON i.producer = b.state)
           SELECT state FROM below)`,
      ),
    forgetNoOps: () => db.prepare(`DELETE FROM memo WHERE kind = '${PLAN_MEMO}'`),
  });
}
