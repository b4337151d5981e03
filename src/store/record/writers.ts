/**
 * The writers of the record, by name: the one way by which a process writes it.
 *
 * Most facts are queued, all in one queue, and written in groups in the order of queueing (see group-commit.ts). A fact
 * may name a state by its key before that state has a row: ids are looked up inside the transaction.
 */
import type { Leases } from '../coordination/leases.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { AccessWriter } from './accesses.ts';
import { ArtifactWriter } from './artifacts.ts';
import { AttemptWriter } from './attempts.ts';
import { CodeWriter } from './code.ts';
import { EffectWriter } from './effects.ts';
import { EquivalenceWriter } from './equivalences.ts';
import { EvictionWriter } from './evictions.ts';
import { FieldWriter } from './fields.ts';
import { GroupCommit } from './group-commit.ts';
import { PinWriter } from './pins.ts';
import { RunRemovals } from './run-removals.ts';
import { RunWriter } from './runs.ts';
import { StateWriter } from './states.ts';
import { StudyWriter } from './studies.ts';
import { TagWriter } from './tags.ts';
import { TraceWriter } from './traces.ts';
import { VerificationWriter } from './verifications.ts';
import { VisitWriter } from './visits.ts';

export class Writers {
  readonly runs: RunWriter;
  readonly removals: RunRemovals;
  readonly visits: VisitWriter;
  readonly attempts: AttemptWriter;
  readonly states: StateWriter;
  readonly code: CodeWriter;
  readonly tags: TagWriter;
  readonly verifications: VerificationWriter;
  readonly studies: StudyWriter;
  readonly effects: EffectWriter;
  readonly equivalences: EquivalenceWriter;
  readonly traces: TraceWriter;
  readonly evictions: EvictionWriter;
  readonly pins: PinWriter;
  readonly #commit: GroupCommit;

  constructor(db: SqliteDatabase, names: Names, objects: ObjectStore, leases: Leases, now: () => number) {
    const commit = new GroupCommit(db, objects);
    commit.onRollback(() => names.forget());
    this.pins = new PinWriter(db, now);
    this.evictions = new EvictionWriter(db);
    const artifacts = new ArtifactWriter(db, commit, objects, this.evictions);
    const fields = new FieldWriter(db, commit, names);
    const accesses = new AccessWriter(db, commit, names);
    this.#commit = commit;
    this.runs = new RunWriter(db, commit, names, leases.owner, now);
    this.removals = new RunRemovals(db, commit, now);
    this.verifications = new VerificationWriter(db, commit, this.runs, now);
    this.studies = new StudyWriter(db, commit, names);
    this.effects = new EffectWriter(db, commit, artifacts);
    this.attempts = new AttemptWriter(db, commit, names);
    this.code = new CodeWriter(db, commit, names, artifacts, now);
    this.traces = new TraceWriter(db, commit, artifacts);
    this.tags = new TagWriter(db, commit, names, now);
    this.equivalences = new EquivalenceWriter(db, commit, names, this, now);
    this.states = new StateWriter(db, commit, names, leases, {
      attempts: this.attempts,
      artifacts,
      code: this.code,
      fields,
      accesses,
      equivalences: this.equivalences,
    });
    this.visits = new VisitWriter(db, commit, names, this.states, this.tags);
  }

  /**
   * Calls `tell` once everything that was written by now is on record, in the order of the calls; never, if a commit
   * fails before. `tell` must not throw.
   */
  afterwards(tell: () => void): void {
    this.#commit.afterwards(tell);
  }

  /** @throws what made an earlier commit fail */
  check(): void {
    this.#commit.check();
  }

  /** Commits whatever is queued. @throws what made a commit fail; nothing is recorded after that */
  flush(): Promise<void> {
    return this.#commit.flush();
  }
}
