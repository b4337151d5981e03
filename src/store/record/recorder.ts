/**
 * Writing the record: the one writer of a process.
 *
 * Most facts are queued (see group-commit.ts). What is queued may name a state by its key before that state has a row;
 * ids are looked up inside the transaction, in the order of queueing.
 */
import type { Statement } from 'better-sqlite3';
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { Field } from '../../core/identity/cache-key.ts';
import { type CacheKey, type Digest, type PlanKey, sha256 } from '../../core/identity/digest.ts';
import type { Failure, RunOutcome } from '../../events.ts';
import { lazily, type SqliteDatabase } from '../database/database.ts';
import type { CodeFacts, Hit, NewState, RunFacts, Visit } from './facts.ts';
import { GroupCommit } from './group-commit.ts';
import type { Leases } from '../coordination/leases.ts';
import type { Names } from '../database/names.ts';
import { INLINE_LIMIT, type ObjectStore } from '../objects/object-store.ts';

const NO_POSITION = -1;
const FIELDS_AT_ONCE = 100;

export class Recorder {
  readonly #db: SqliteDatabase;
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #objects: ObjectStore;
  readonly #leases: Leases;
  readonly #now: () => number;
  readonly #sql;
  readonly #attempts = new Map<string, { id: number; metrics: number; lines: number }>();
  readonly #states = new Map<CacheKey, number>();
  readonly #codes = new Map<Digest, number>();
  readonly #values = new Map<string, number>();
  readonly #insertsOfFields = new Map<number, Statement<number[]>>();

  constructor(db: SqliteDatabase, names: Names, objects: ObjectStore, leases: Leases, now: () => number) {
    this.#db = db;
    this.#commit = new GroupCommit(db, objects, () => this.#forget());
    this.#names = names;
    this.#objects = objects;
    this.#leases = leases;
    this.#now = now;
    this.#sql = prepareStatements(db);
  }

  /** Opens a run, at once. */
  beginRun(facts: RunFacts): number {
    return this.#commit.transact(() => {
      const environment = Buffer.from(facts.environment.digest, 'hex');
      this.#sql.insertEnvironment.run(environment, facts.environment.facts);
      return Number(
        this.#sql.insertRun.run(
          this.#names.intern(facts.pipeline),
          facts.source,
          JSON.stringify(facts.argv),
          JSON.stringify(facts.params),
          facts.seed,
          facts.backend,
          facts.jobs,
          facts.git?.commit ?? null,
          facts.git === null ? null : Number(facts.git.dirty),
          this.#sql.selectEnvironment.get(environment)!.id,
          this.#leases.owner,
          this.#now(),
        ).lastInsertRowid,
      );
    });
  }

  endRun(run: number, outcome: RunOutcome): void {
    this.#commit.add(() => this.#sql.insertRunEnd.run(run, this.#now(), outcome));
  }

  /** Stores the code of stages, at once; of code that is known, whatever of its bytes was lost. */
  recordCode(codes: readonly CodeFacts[]): void {
    const stored = codes.map((code) => ({
      ...code,
      bundle: this.#place(code.bundle),
      sources: code.sources.map(({ path, content }) => ({ path, artifact: this.#place(content) })),
    }));
    this.#commit.transact(() => {
      for (const { digest, stage, module, exportName, bundle, sources } of stored) {
        const text = this.#artifact(bundle);
        const artifacts = sources.map(({ path, artifact }) => ({ path, artifact: this.#artifact(artifact) }));
        const name = this.#names.intern(stage);
        const inserted = this.#sql.insertCode.run(bytesOf(digest), name, module, exportName, text, this.#now());
        if (inserted.changes === 0) continue;
        for (const { path, artifact } of artifacts)
          this.#sql.insertCodeSource.run(inserted.lastInsertRowid as number, path, artifact);
      }
    });
  }

  /** Nodes that were simply there, in one transaction at once: the whole of a no-op run. Ids are those of the database. */
  recordHits(run: number, hits: Iterable<Hit>): void {
    const hit = this.#sql.outcomes.get('hit')!;
    this.#commit.transact(() => {
      for (const { node, state, tags } of hits) {
        this.#sql.insertVisit.run(run, node, hit, state);
        for (const tag of tags) this.#sql.insertStateTag.run(state, this.#names.intern(tag), this.#now());
      }
    });
  }

  /** Nodes that were there from the beginning of a run, with their tags as they are now. */
  visitHits(
    run: number,
    hits: readonly { readonly node: string; readonly state: number; readonly tags: readonly string[] }[],
  ): void {
    this.#commit.add(() => {
      const hit = this.#sql.outcomes.get('hit')!;
      for (const { node, state, tags } of hits) {
        this.#sql.insertVisit.run(run, this.#names.intern(node), hit, state);
        for (const tag of tags) this.#sql.insertStateTag.run(state, this.#names.intern(tag), this.#now());
      }
    });
  }

  /** Ids of node names, for `recordHits`. */
  internNodes(nodes: readonly string[]): readonly number[] {
    return this.#commit.transact(() => nodes.map((node) => this.#names.intern(node)));
  }

  visit({ run, node, outcome, state, reason, tags = [] }: Visit): void {
    this.#commit.add(() => {
      const name = this.#names.intern(node);
      const id = state === null ? null : this.#stateId(state);
      this.#sql.insertVisit.run(run, name, this.#sql.outcomes.get(outcome)!, id);
      if (id !== null) for (const tag of tags) this.#sql.insertStateTag.run(id, this.#names.intern(tag), this.#now());
      if (reason !== null) this.#sql.insertVisitReason.run(run, name, this.#names.intern(reason));
    });
  }

  startAttempt(task: string, run: number, node: string, number: number, worker: string, at: number): void {
    this.#commit.add(() => {
      const inserted = this.#sql.insertAttempt.run(
        run,
        this.#names.intern(node),
        number,
        this.#names.intern(worker),
        at,
      );
      this.#attempts.set(task, { id: Number(inserted.lastInsertRowid), metrics: 0, lines: 0 });
    });
  }

  metric(task: string, name: string, step: number | null, value: number): void {
    this.#commit.add(() => {
      const attempt = this.#attempt(task);
      this.#sql.insertMetric.run(attempt.id, attempt.metrics++, this.#names.intern(name), step, value);
    });
  }

  logLine(task: string, at: number, stream: string, text: string): void {
    this.#commit.add(() => {
      const attempt = this.#attempt(task);
      this.#sql.insertLogLine.run(attempt.id, attempt.lines++, at, stream, text);
    });
  }

  endAttempt(
    task: string,
    end: {
      readonly at: number;
      readonly compute: string | null;
      readonly cpuSeconds: number | null;
      readonly peakBytes: number | null;
      readonly failure: Failure | null;
    },
  ): void {
    this.#commit.add(() => {
      const { id } = this.#attempt(task);
      const compute = end.compute === null ? null : this.#names.intern(end.compute);
      this.#sql.insertAttemptEnd.run(id, end.at, compute, end.cpuSeconds, end.peakBytes);
      const failure = end.failure;
      if (failure !== null) {
        const { class: kind, message, stack, exitCode, signal } = failure;
        this.#sql.insertFailure.run(id, kind, message, stack, exitCode, signal);
        this.#attempts.delete(task);
      }
    });
  }

  /** What a successful attempt has made. The lease on it, if any, is given back in the same transaction. */
  addState(task: string, state: NewState): void {
    for (const { digest, inline } of state.outputs) if (inline === null) this.#commit.require(digest);
    this.#commit.add(() => {
      const attempt = this.#attempt(task).id;
      this.#attempts.delete(task);
      const known = this.#findState(state.key);
      if (known === undefined) this.#insertState(attempt, state);
      else this.#healState(known, attempt, state);
      this.#addPlanKey(state.planKey, state.key);
      this.#leases.release(state.key);
    });
  }

  /** The state of this plan key turned out to be one that was there: early cut-off. */
  addPlanKey(planKey: PlanKey, key: CacheKey): void {
    this.#commit.add(() => this.#addPlanKey(planKey, key));
  }

  /** @throws what made an earlier commit fail */
  check(): void {
    this.#commit.check();
  }

  /** Commits whatever is queued. @throws what made a commit fail; nothing is recorded after that */
  flush(): Promise<void> {
    return this.#commit.flush();
  }

  /** Ids that were handed out inside a transaction that was rolled back are void. */
  #forget(): void {
    this.#names.forget();
    this.#states.clear();
    this.#values.clear();
    this.#codes.clear();
  }

  #place(content: Uint8Array): Artifact {
    if (content.byteLength <= INLINE_LIMIT)
      return { digest: sha256(content), bytes: content.byteLength, inline: content };
    const { digest, bytes } = this.#objects.put([content]);
    this.#commit.require(digest);
    return { digest, bytes, inline: null };
  }

  #attempt(task: string): { readonly id: number; metrics: number; lines: number } {
    const attempt = this.#attempts.get(task);
    if (attempt === undefined) throw new Error(`internal error: attempt ${task} was not started`);
    return attempt;
  }

  #insertState(attempt: number, state: NewState): void {
    const objects = state.outputs.filter((output) => output.inline === null).length;
    const code = this.#codeId(state.code);
    if (code === undefined) throw new Error(`internal error: code ${state.code} was not recorded`);
    const stage = this.#names.intern(state.stage);
    const inserted = this.#sql.insertState.run(bytesOf(state.key), stage, code, attempt, state.seconds, objects);
    const id = Number(inserted.lastInsertRowid);
    this.#states.set(state.key, id);
    this.#insertFields(id, state.fields);
    for (const { slot, index, digest, bytes, from } of state.inputs) {
      const external = 'path' in from;
      this.#sql.insertInput.run(
        id,
        this.#names.intern(slot),
        index ?? NO_POSITION,
        this.#artifact({ digest, bytes, inline: null }, external),
        external ? null : this.#stateId(from.state),
        external ? null : this.#names.intern(from.output),
        external ? from.path : null,
      );
    }
    for (const output of state.outputs)
      this.#sql.insertOutput.run(
        id,
        this.#names.intern(output.name),
        this.#names.intern(output.kind),
        this.#artifact(output),
      );
  }

  /** Most rows of a record are fields. One statement for many takes half as long as one for each. */
  #insertFields(state: number, fields: readonly Field[]): void {
    for (let at = 0; at < fields.length; at += FIELDS_AT_ONCE) {
      const some = fields.slice(at, at + FIELDS_AT_ONCE);
      let statement = this.#insertsOfFields.get(some.length);
      if (statement === undefined) {
        const rows = some.map(() => '(?, ?, ?)').join(', ');
        statement = this.#db.prepare(`INSERT INTO state_field (state, name, value) VALUES ${rows}`);
        this.#insertsOfFields.set(some.length, statement);
      }
      statement.run(...some.flatMap((field) => [state, this.#names.intern(field.name), this.#fieldValue(field)]));
    }
  }

  /** A state whose bytes were lost was made again. Where they came out different, the old ones can't be had any more. */
  #healState(id: number, attempt: number, state: NewState): void {
    let differs = false;
    for (const output of state.outputs) {
      const artifact = this.#artifact(output);
      if (this.#sql.updateOutput.run(artifact, id, this.#names.intern(output.name), artifact).changes > 0)
        differs = true;
    }
    if (!differs) return;
    // What was made of the old bytes is a state still, but no longer what a plan leads to.
    const objects = state.outputs.filter(({ inline }) => inline === null).length;
    this.#sql.updateState.run(objects, attempt, state.seconds, id);
    this.#sql.forgetPlansBelow.run(id);
    this.#sql.forgetNoOps.run();
  }

  #addPlanKey(planKey: PlanKey, key: CacheKey): void {
    this.#sql.insertPlanKey.run(bytesOf(planKey), this.#stateId(key));
  }

  #stateId(key: CacheKey): number {
    const id = this.#findState(key);
    if (id === undefined) throw new Error(`internal error: state ${key} is not recorded`);
    return id;
  }

  #findState(key: CacheKey): number | undefined {
    let id = this.#states.get(key);
    if (id === undefined) {
      id = this.#sql.selectState.get(bytesOf(key))?.id;
      if (id !== undefined) this.#states.set(key, id);
    }
    return id;
  }

  #codeId(digest: Digest): number | undefined {
    let id = this.#codes.get(digest);
    if (id === undefined) {
      id = this.#sql.selectCode.get(bytesOf(digest))?.id;
      if (id !== undefined) this.#codes.set(digest, id);
    }
    return id;
  }

  #fieldValue({ digest, preview }: Field): number {
    // With its preview: the digest alone may be that of a secret elsewhere, whose preview does not tell it.
    const known = digest + preview;
    let id = this.#values.get(known);
    if (id === undefined) {
      const bytes = bytesOf(digest);
      // Inserted first: most values that this process does not know are new.
      const inserted = this.#sql.insertFieldValue.run(bytes, preview);
      id = inserted.changes > 0 ? Number(inserted.lastInsertRowid) : this.#sql.selectFieldValue.get(bytes, preview)!.id;
      this.#values.set(known, id);
    }
    return id;
  }

  #artifact({ digest, bytes, inline }: Artifact, external = false): number {
    const key = bytesOf(digest);
    const known = this.#sql.selectArtifact.get(key);
    const place = inline !== null ? 'inline' : external ? 'external' : 'object';
    if (known === undefined) return Number(this.#sql.insertArtifact.run(key, bytes, place, inline).lastInsertRowid);
    // An external file's bytes that a stage has now made as well are ours from here on.
    if (known.place === 'external' && place !== 'external') this.#sql.updateArtifact.run(place, inline, known.id);
    return known.id;
  }
}

function bytesOf(digest: string): Buffer {
  return Buffer.from(digest, 'hex');
}

interface Id {
  readonly id: number;
}

function prepareStatements(db: SqliteDatabase) {
  return lazily({
    insertEnvironment: () =>
      db.prepare<[Buffer, string]>('INSERT INTO environment (digest, facts) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    selectEnvironment: () => db.prepare<[Buffer], Id>('SELECT id FROM environment WHERE digest = ?'),
    insertRun: () =>
      db.prepare(
        `INSERT INTO run (pipeline, source, argv, params, seed, backend, jobs, git_commit, git_dirty, environment, owner, started_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
    insertRunEnd: () =>
      db.prepare<[number, number, string]>(
        'INSERT INTO run_end (run, ended_at, outcome) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      ),
    selectCode: () => db.prepare<[Buffer], Id>('SELECT id FROM code WHERE digest = ?'),
    insertCode: () =>
      db.prepare<[Buffer, number, string, string, number, number]>(
        'INSERT INTO code (digest, stage, module, export, bundle, recorded_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      ),
    insertCodeSource: () =>
      db.prepare<[number, string, number]>('INSERT INTO code_source (code, path, artifact) VALUES (?, ?, ?)'),
    insertVisit: () =>
      db.prepare<[number, number, number, number | null]>(
        // A node is visited once, but for one whose bytes turned out to be lost after it had been a hit.
        `INSERT INTO visit (run, node, outcome, state) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET outcome = excluded.outcome, state = excluded.state`,
      ),
    insertVisitReason: () =>
      db.prepare<[number, number, number]>(
        'INSERT INTO visit_reason (run, node, reason) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET reason = excluded.reason',
      ),
    insertAttempt: () =>
      db.prepare<[number, number, number, number, number]>(
        'INSERT INTO attempt (run, node, number, worker, started_at) VALUES (?, ?, ?, ?, ?)',
      ),
    insertAttemptEnd: () =>
      db.prepare<[number, number, number | null, number | null, number | null]>(
        'INSERT INTO attempt_end (attempt, ended_at, compute, cpu_seconds, peak_bytes) VALUES (?, ?, ?, ?, ?)',
      ),
    insertFailure: () =>
      db.prepare<[number, string, string, string | null, number | null, string | null]>(
        'INSERT INTO attempt_failure (attempt, class, message, stack, exit_code, signal) VALUES (?, ?, ?, ?, ?, ?)',
      ),
    insertMetric: () =>
      db.prepare<[number, number, number, number | null, number]>(
        'INSERT INTO metric (attempt, sequence, name, step, value) VALUES (?, ?, ?, ?, ?)',
      ),
    insertLogLine: () =>
      db.prepare<[number, number, number, string, string]>(
        'INSERT INTO log_line (attempt, sequence, at, stream, text) VALUES (?, ?, ?, ?, ?)',
      ),
    selectState: () => db.prepare<[Buffer], Id>('SELECT id FROM state WHERE key = ?'),
    insertState: () =>
      db.prepare<[Buffer, number, number, number, number, number]>(
        'INSERT INTO state (key, stage, code, attempt, seconds, objects) VALUES (?, ?, ?, ?, ?, ?)',
      ),
    selectFieldValue: () =>
      db.prepare<[Buffer, string], Id>('SELECT id FROM field_value WHERE digest = ? AND preview = ?'),
    insertFieldValue: () =>
      db.prepare<[Buffer, string]>('INSERT INTO field_value (digest, preview) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    insertInput: () =>
      db.prepare<[number, number, number, number, number | null, number | null, string | null]>(
        'INSERT INTO state_input (state, slot, position, artifact, producer, output, path) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
    insertOutput: () =>
      db.prepare<[number, number, number, number]>(
        'INSERT INTO state_output (state, name, kind, artifact) VALUES (?, ?, ?, ?)',
      ),
    updateOutput: () =>
      db.prepare<[number, number, number, number]>(
        'UPDATE state_output SET artifact = ? WHERE state = ? AND name = ? AND artifact <> ?',
      ),
    updateState: () =>
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
    forgetNoOps: () => db.prepare("DELETE FROM memo WHERE kind = 'no-op'"),
    insertStateTag: () =>
      db.prepare<[number, number, number]>(
        'INSERT INTO state_tag (state, tag, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      ),
    insertPlanKey: () =>
      db.prepare<[Buffer, number]>(
        'INSERT INTO plan_key (key, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
      ),
    selectArtifact: () =>
      db.prepare<[Buffer], Id & { readonly place: string }>('SELECT id, place FROM artifact WHERE digest = ?'),
    insertArtifact: () =>
      db.prepare<[Buffer, number, string, Uint8Array | null]>(
        'INSERT INTO artifact (digest, bytes, place, content) VALUES (?, ?, ?, ?)',
      ),
    updateArtifact: () =>
      db.prepare<[string, Uint8Array | null, number]>('UPDATE artifact SET place = ?, content = ? WHERE id = ?'),
    outcomes: (): ReadonlyMap<string, number> =>
      new Map(
        db
          .prepare<[], { id: number; name: string }>('SELECT id, name FROM visit_outcome')
          .all()
          .map(({ id, name }) => [name, id]),
      ),
  });
}
