/**
 * Executes tasks as jobs of a batch system. It writes a unit's tasks into a directory that all hosts share, submits a
 * job for it, and learns from the files of that directory what became of each task. What the system says of a job only
 * tells whether it is worth waiting longer: a result that is there counts, whatever became of the job.
 *
 * Attempts outlive this process. Before a job is submitted, the handle of each of its tasks is told, so that a later
 * run finds them however this one ends.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { type CacheError, unreachable } from '../../errors.ts';
import type { Failure } from '../../events.ts';
import { storageError } from '../../store/files/storage-error.ts';
import { ObjectStore } from '../../store/objects/object-store.ts';
import { cancelled, endedWithout } from '../attempt/failure.ts';
import type { Executor, ExecutorEvent, Task } from '../contract.ts';
import { BatchQueue, type PlannedUnit } from './batch-queue.ts';
import type { BatchSystem, ObservedJob } from './contract.ts';
import { removeForgottenUnits } from './units/forgotten-units.ts';
import { type Handle, handleIn } from './units/handle.ts';
import { failureOfLost, type LostJob, mayGoElsewhere } from './lost-job.ts';
import { foundUnit, type KnownUnitOptions, writtenUnit } from './known-unit.ts';
import { type Found, Looks } from './looks.ts';
import { Member } from './units/member.ts';
import { type Pace, paceFor } from './pace.ts';
import type { Submission } from './submission.ts';
import { Submissions, type ToSubmit } from './submissions.ts';
import { refusedWith, unwritten, withSecrets } from './units/unaccepted.ts';
import type { LastEvent } from './units/unit.ts';
import type { Look, UnitUnderWay } from './unit-under-way.ts';
import { UnitsUnderWay } from './units-under-way.ts';

export interface BatchExecutorOptions {
  readonly system: BatchSystem;
  /** In a directory that all hosts see under this path, except for the record. */
  readonly cacheDirectory: string;
  readonly projectRoot: string;
  readonly onEvent: (event: ExecutorEvent) => void;
  /** The command that executes a unit on its host, without the unit's directory. */
  readonly program: readonly string[];
  readonly gracefulMs?: number | undefined;
  readonly pace?: Partial<Pace> | undefined;
  readonly clock?: () => number;
}

export class BatchExecutor implements Executor {
  readonly lifetime = 'detached';
  readonly #options: BatchExecutorOptions;
  readonly #system: BatchSystem;
  readonly #pace: Pace;
  readonly #clock: () => number;
  readonly #objects: ObjectStore;
  readonly #queue: BatchQueue;
  readonly #known: KnownUnitOptions;
  readonly #units = new UnitsUnderWay();
  readonly #unitOf = new Map<string, { readonly unit: UnitUnderWay; readonly member: Member }>();
  readonly #submissions: Submissions;
  readonly #looks: Looks;
  readonly #fileLooks: Looks;
  #gathering: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #left = false;
  #hasCleanedUp = false;
  #unansweredSince: number | undefined;
  #onEmpty: () => void = () => undefined;

  constructor(options: BatchExecutorOptions) {
    this.#options = options;
    this.#system = options.system;
    this.#pace = paceFor(options.cacheDirectory, options.pace);
    this.#clock = options.clock ?? Date.now;
    const { system, cacheDirectory, projectRoot, gracefulMs = null } = options;
    const { graceMs } = this.#pace;
    this.#known = { system, cacheDirectory, projectRoot, gracefulMs, graceMs };
    const { lookMs, fileLookMs, longestLookMs: longestMs } = this.#pace;
    this.#looks = new Looks({ shortestMs: lookMs, longestMs, look: () => this.#look() });
    const look = (): Found => this.#lookAtFiles();
    this.#fileLooks = new Looks({ shortestMs: fileLookMs, longestMs, share: FILES_SHARE, look });
    this.#objects = new ObjectStore(options.cacheDirectory);
    this.#queue = new BatchQueue(this.#pace);
    this.#submissions = new Submissions({
      system: options.system,
      program: options.program,
      next: () => this.#next(),
      busyMs: this.#pace.busyMs,
      onAnswer: (unit, submission) => this.#answered(unit, submission),
    });
  }

  submit(task: Task): void {
    if (this.#closing !== undefined) this.#cancelLater(task);
    else if (task.secrets !== undefined) this.#emitLater(withSecrets(this.#system.title, task, this.#clock()));
    else {
      this.#queue.add(task);
      this.#gather();
    }
  }

  reattach(task: Task, place: CanonicalValue): void {
    const handle = handleIn(place);
    const found = handle && this.#adopted(handle);
    if (handle === undefined || found === undefined) {
      queueMicrotask(() => this.#emit({ type: 'gone', task: task.id }));
      return;
    }
    const member = new Member(task, handle.member, found.directory);
    found.add(member);
    this.#unitOf.set(task.id, { unit: found, member });
    this.#queue.begin(task);
    this.#looks.now();
  }

  cancel(task: string): void {
    const waiting = this.#queue.remove(task);
    if (waiting !== undefined) this.#cancelLater(waiting);
    const found = this.#unitOf.get(task);
    if (found === undefined || found.member.isCancelled) return;
    const { unit, member } = found;
    unit.cancel(member);
    queueMicrotask(() => this.#dropUnsubmitted(unit));
    this.#looks.now();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends a unit of which nobody wants anything, and which no system has. */
  #dropUnsubmitted(unit: UnitUnderWay): void {
    if (unit.isWanted || !this.#submissions.remove(unit)) return;
    for (const member of unit.live) this.#fail(member, cancelled(member.task));
  }

  /** Ends what this process does. The jobs go on, and a later run finds them. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#closing ??= Promise.resolve();
    clearTimeout(this.#gathering);
    this.#looks.stop();
    this.#fileLooks.stop();
    await this.#submissions.stop();
  }

  async #close(): Promise<void> {
    for (const task of this.#queue.takeAll()) this.#cancelLater(task);
    for (const [i, id] of [...this.#unitOf.keys()].entries()) {
      if (i % CANCELLED_A_TURN === CANCELLED_A_TURN - 1) await turn();
      this.cancel(id);
    }
    if (this.#unitOf.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    await this.#submissions.stop();
    clearTimeout(this.#gathering);
    this.#looks.stop();
    this.#fileLooks.stop();
  }

  /** The unit of a handle, which an earlier run may have submitted; undefined if nothing of it is left. */
  #adopted({ unit: name }: Handle): UnitUnderWay | undefined {
    const unit = this.#units.get(name) ?? foundUnit(name, this.#known);
    if (unit !== undefined) this.#units.add(unit);
    return unit;
  }

  /** Tasks that come one after another go together. */
  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#queue.plan();
      this.#submissions.go();
    }, this.#pace.gatherMs);
  }

  /** Writes the next unit down, and tells where its tasks are from now on. */
  #next(): ToSubmit | undefined {
    for (let planned = this.#queue.next(); planned !== undefined; planned = this.#queue.next()) {
      const unit = this.#written(planned);
      if (unit === undefined) continue;
      for (const member of unit.live) {
        const handle: Handle = { unit: unit.name, member: member.index };
        this.#unitOf.set(member.task.id, { unit, member });
        this.#emit({ type: 'submitted', task: member.task.id, at: this.#clock(), handle: { ...handle } });
      }
      return { unit, planned };
    }
    return undefined;
  }

  /** Undefined if that fails: its tasks have ended then. */
  #written(planned: PlannedUnit): UnitUnderWay | undefined {
    try {
      if (!this.#hasCleanedUp) removeForgottenUnits(this.#options.cacheDirectory, this.#clock());
      this.#hasCleanedUp = true;
      return writtenUnit(planned, this.#known);
    } catch (error) {
      const told = storageError(error, 'The tasks of a job', this.#options.cacheDirectory) as CacheError;
      for (const task of planned.tasks) {
        this.#queue.end(task, undefined);
        this.#emit(unwritten(told, task, this.#clock()));
      }
      return undefined;
    }
  }

  #answered(unit: UnitUnderWay, submission: Submission): void {
    switch (submission.type) {
      case 'accepted':
        this.#units.add(unit);
        this.#note(unit, { state: 'waiting', note: `job ${submission.job}`, why: null });
        break;
      case 'unanswered':
        // The job may exist: it is looked for.
        this.#units.add(unit);
        this.#note(unit, { state: 'unknown', note: null, why: submission.reason });
        break;
      case 'busy':
        this.#note(unit, { state: 'unknown', note: null, why: submission.reason });
        this.#dropUnsubmitted(unit);
        break;
      case 'refused':
        for (const { task } of unit.live)
          this.#end(refusedWith(submission.reason, this.#system.title, task, this.#clock()));
        break;
      case 'unwritten':
        for (const { task } of unit.live) this.#end(unwritten(submission.error, task, this.#clock()));
        break;
      default:
        unreachable(submission);
    }
    this.#looks.soon();
  }

  #note(unit: UnitUnderWay, seen: Pick<EventOf<'observed'>, 'state' | 'note' | 'why'>): void {
    for (const { task } of unit.live) this.#emit({ type: 'observed', task: task.id, at: this.#clock(), ...seen });
  }

  async #look(): Promise<Found> {
    if (this.#units.size === 0) return 'nothing-left';
    const units = this.#units.all;
    const jobs = await this.#system.observe(units.map(({ name }) => name));
    if (this.#left) return 'nothing-left';
    const now = this.#clock();
    const look = (unit: UnitUnderWay): Look => unit.look(jobs && { job: jobs.get(unit.name) }, this.#objects, now);
    const isNew = this.#units.look(units, look, this.#heard);
    const isMoreToGiveUp = this.#giveUp(units, jobs, now);
    if (isNew) this.#fileLooks.soon();
    const unwanted = this.#units.unwanted(jobs);
    if (unwanted.length > 0) await this.#system.cancel(unwanted);
    return isNew || isMoreToGiveUp ? 'news' : 'nothing-new';
  }

  /** What jobs have told is there before the queue is asked again. */
  #lookAtFiles(): Found {
    if (this.#units.size === 0 || this.#left) return 'nothing-left';
    const now = this.#clock();
    const look = (unit: UnitUnderWay): Look => ({ events: unit.lookAtFiles(this.#objects, now) });
    return this.#units.look(this.#units.all, look, this.#heard) ? 'news' : 'nothing-new';
  }

  readonly #heard = (unit: UnitUnderWay, { events, lost }: Look): void => {
    for (const event of events) this.#pass(event);
    if (lost !== undefined) this.#lost(unit, lost);
  };

  /**
   * What is cancelled ends, though nobody can make its job end: the system has not answered for long, or another run
   * has submitted the job and some of its tasks may be wanted. True if there may be more than one turn has room for.
   */
  #giveUp(units: readonly UnitUnderWay[], jobs: Jobs, now: number): boolean {
    this.#unansweredSince = jobs === undefined ? (this.#unansweredSince ?? now) : undefined;
    const isSilent = this.#unansweredSince !== undefined && now - this.#unansweredSince >= this.#pace.graceMs;
    let left = CANCELLED_A_TURN;
    for (const unit of units) {
      if (unit.isWanted || !(isSilent || !unit.isWhole)) continue;
      for (const member of unit.live) {
        member.hasEnded = true;
        this.#fail(member, cancelled(member.task));
        left--;
      }
      if (left <= 0) break;
    }
    this.#units.forgetEnded(units);
    return left <= 0;
  }

  #pass(event: ExecutorEvent): void {
    if (event.type !== 'succeeded' && event.type !== 'failed') this.#emit(event);
    else this.#end(event);
  }

  /** @param host where it was lost; null if no host is to blame */
  #end(event: LastEvent, host: string | null = null): void {
    const found = this.#unitOf.get(event.task);
    if (found === undefined) return;
    const { task } = found.member;
    const { startedAt, endedAt } = event.usage;
    this.#unitOf.delete(task.id);
    this.#queue.end(task, event.type === 'succeeded' ? (endedAt - startedAt) / 1000 : undefined);
    if (event.type === 'failed') this.#queue.learn(task, event, { lost: host, was: found.unit.host });
    this.#emit(event);
    if (this.#unitOf.size === 0) this.#onEmpty();
    // What was held back may know its length now.
    if (this.#queue.hasWaiting) this.#gather();
  }

  /** The unit's job is over, and left tasks without a result. */
  #lost(unit: UnitUnderWay, lost: LostJob): void {
    unit.withdraw();
    const mayMove = mayGoElsewhere(lost, unit.hasBegunAny);
    for (const member of unit.live) {
      const { task } = member;
      member.hasEnded = true;
      if (member.isCancelled) this.#fail(member, cancelled(task));
      else if (!member.hasBegun && mayMove && this.#queue.move(task)) {
        this.#unitOf.delete(task.id);
        this.#gather();
      } else {
        const told = failureOfLost(task.node, lost);
        // A host that made room for something else is as good as before.
        const host = lost.end === 'host-lost' ? lost.host : null;
        this.#fail(member, member.hasBegun || !mayMove ? told : { ...told, class: 'lost' }, host);
      }
    }
  }

  #fail({ task }: Member, reason: Failure, host: string | null = null): void {
    this.#end(endedWithout(task, reason, this.#clock()), host);
  }

  #cancelLater(task: Task): void {
    this.#emitLater(endedWithout(task, cancelled(task), this.#clock()));
  }

  /** The end of a task that no unit has. A caller of `submit` receives no event before the call has returned. */
  #emitLater(event: LastEvent): void {
    queueMicrotask(() => this.#emit(event));
  }

  #emit(event: ExecutorEvent): void {
    if (!this.#left) this.#options.onEvent(event);
  }
}

/** So many tasks are cancelled in one turn of the event loop, or those of one unit more. */
const CANCELLED_A_TURN = 200;
/** Of all time, looks at files alone take so much at most. */
const FILES_SHARE = 0.05;

type EventOf<Type extends ExecutorEvent['type']> = Extract<ExecutorEvent, { readonly type: Type }>;
type Jobs = ReadonlyMap<string, ObservedJob> | undefined;
