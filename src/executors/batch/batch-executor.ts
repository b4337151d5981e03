/**
 * Executes tasks as jobs of a batch system. It writes a unit's tasks into a directory that all hosts share, submits a job for
 * it, and learns from the files of that directory what became of each task. What the system says of a job only tells whether
 * it is worth waiting longer: a result that is there counts, whatever became of the job.
 *
 * Attempts outlive this process. Before a job is submitted, the handle of each of its tasks is told, so that a later run
 * finds them however this one ends.
 */
import { randomBytes } from 'node:crypto';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { unreachable } from '../../errors.ts';
import type { Failure } from '../../events.ts';
import { ObjectStore } from '../../store/objects/object-store.ts';
import { abortSentence, failure } from '../attempt/failure.ts';
import type { Executor, ExecutorEvent, Task } from '../contract.ts';
import { BatchQueue, type PlannedUnit } from './batch-queue.ts';
import type { BatchSystem, Submission } from './contract.ts';
import { removeForgottenUnits } from './forgotten-units.ts';
import { type Handle, handleIn } from './handle.ts';
import { failureOfLost, type LostJob, mayGoElsewhere } from './lost-job.ts';
import { Member } from './member.ts';
import { type Pace, paceFor } from './pace.ts';
import { Submissions } from './submissions.ts';
import { encoded, type LastEvent, manifestIn } from './unit.ts';
import { UnitDirectory, writeOnce } from './unit-directory.ts';
import { UnitUnderWay } from './unit-under-way.ts';

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
  readonly #units = new Map<string, UnitUnderWay>();
  readonly #unitOf = new Map<string, { readonly unit: UnitUnderWay; readonly member: Member }>();
  readonly #submissions: Submissions;
  #gathering: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #left = false;
  #hasCleanedUp = false;
  #unansweredSince: number | undefined;
  /** Until the next look. */
  #lookMs: number;
  #onEmpty: () => void = () => undefined;

  constructor(options: BatchExecutorOptions) {
    this.#options = options;
    this.#system = options.system;
    this.#pace = paceFor(options.cacheDirectory, options.pace);
    this.#clock = options.clock ?? Date.now;
    this.#lookMs = this.#pace.lookMs;
    this.#objects = new ObjectStore(options.cacheDirectory);
    this.#queue = new BatchQueue(this.#pace);
    this.#submissions = new Submissions({
      system: options.system,
      program: options.program,
      busyMs: this.#pace.busyMs,
      onSubmit: (unit) => this.#units.set(unit.name, unit),
      onAnswer: (unit, submission) => this.#answered(unit, submission),
    });
  }

  submit(task: Task): void {
    if (this.#closing !== undefined) this.#failLater(task, cancelled(task));
    else if (task.secrets !== undefined)
      this.#failLater(
        task,
        failure(
          'error',
          `Node ${task.node} has secrets, and what a job of ${this.#system.title} gets is written to files; give the node another executor.`,
        ),
      );
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
    this.#lookSoon(0);
  }

  cancel(task: string): void {
    const waiting = this.#queue.remove(task);
    if (waiting !== undefined) this.#failLater(waiting, cancelled(waiting));
    const found = this.#unitOf.get(task);
    if (found === undefined || found.member.isCancelled) return;
    const { unit, member } = found;
    unit.cancel(member);
    if (!unit.isWanted && this.#submissions.remove(unit)) {
      this.#units.delete(unit.name);
      for (const each of unit.live) queueMicrotask(() => this.#fail(each, cancelled(each.task)));
    }
    this.#lookSoon(0);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends what this process does. The jobs go on, and a later run finds them. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#closing ??= Promise.resolve();
    clearTimeout(this.#gathering);
    clearTimeout(this.#looking);
    await this.#submissions.stop();
  }

  async #close(): Promise<void> {
    for (const task of this.#queue.takeAll()) this.#failLater(task, cancelled(task));
    for (const id of [...this.#unitOf.keys()]) this.cancel(id);
    if (this.#unitOf.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    await this.#submissions.stop();
    clearTimeout(this.#gathering);
    clearTimeout(this.#looking);
  }

  /** The unit of a handle, which an earlier run may have submitted; undefined if nothing of it is left. */
  #adopted({ unit: name }: Handle): UnitUnderWay | undefined {
    const known = this.#units.get(name);
    if (known !== undefined) return known;
    const directory = UnitDirectory.of(this.#options.cacheDirectory, name);
    if (manifestIn(directory) === undefined) return undefined;
    const unit = new UnitUnderWay(name, directory, [], { system: this.#system.title, graceMs: this.#pace.graceMs });
    this.#units.set(name, unit);
    return unit;
  }

  /** Tasks that come one after another go together. */
  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      for (const planned of this.#queue.take()) this.#prepare(planned);
    }, this.#pace.gatherMs);
  }

  /** Writes a unit down, and tells where its tasks are from now on. */
  #prepare(planned: PlannedUnit): void {
    const { cacheDirectory, projectRoot, gracefulMs = null } = this.#options;
    if (!this.#hasCleanedUp) removeForgottenUnits(cacheDirectory, this.#clock());
    this.#hasCleanedUp = true;
    const name = randomBytes(8).toString('hex');
    const directory = UnitDirectory.of(cacheDirectory, name);
    const tasks = planned.tasks;
    directory.create();
    writeOnce(directory.manifest, encoded({ unit: name, cacheDirectory, projectRoot, gracefulMs, tasks }));
    const members = tasks.map((task, index) => new Member(task, index, directory));
    const unit = new UnitUnderWay(name, directory, members, {
      system: this.#system.title,
      graceMs: this.#pace.graceMs,
    });
    for (const member of members) {
      const handle: Handle = { unit: name, member: member.index };
      this.#unitOf.set(member.task.id, { unit, member });
      this.#emit({ type: 'submitted', task: member.task.id, at: this.#clock(), handle: { ...handle } });
    }
    this.#submissions.add(unit, planned);
  }

  #answered(unit: UnitUnderWay, submission: Submission): void {
    switch (submission.type) {
      case 'accepted':
        unit.job = submission.job;
        this.#note(unit, 'waiting', `job ${submission.job}`);
        break;
      case 'unknown':
        this.#note(unit, 'unknown', submission.reason);
        break;
      case 'busy':
        this.#units.delete(unit.name);
        this.#note(unit, 'unknown', submission.reason);
        break;
      case 'refused':
        this.#units.delete(unit.name);
        for (const member of unit.live)
          this.#fail(
            member,
            failure('error', `${this.#system.title} refuses the job of node ${member.task.node}: ${submission.reason}`),
          );
        break;
      default:
        unreachable(submission);
    }
    this.#lookMs = this.#pace.lookMs;
    this.#lookSoon(this.#lookMs);
  }

  #note(unit: UnitUnderWay, state: 'waiting' | 'unknown', note: string): void {
    for (const { task } of unit.live) this.#emit({ type: 'observed', task: task.id, at: this.#clock(), state, note });
  }

  #lookSoon(milliseconds: number): void {
    if (this.#left || this.#units.size === 0) return;
    if (milliseconds === 0) {
      clearTimeout(this.#looking);
      this.#looking = undefined;
    }
    this.#looking ??= setTimeout(() => {
      void this.#look().finally(() => {
        this.#looking = undefined;
        this.#lookSoon(this.#lookMs);
      });
    }, milliseconds);
  }

  async #look(): Promise<void> {
    const units = [...this.#units.values()];
    const jobs = await this.#system.observe();
    if (this.#left) return;
    const now = this.#clock();
    if (jobs === undefined && this.#closing !== undefined) this.#giveUp(now);
    let isQuiet = true;
    for (const unit of units) {
      const job = jobs?.get(unit.name);
      const { events, lost } = unit.look(jobs && { job }, this.#objects, now);
      if (events.length > 0) isQuiet = false;
      for (const event of events) this.#pass(event);
      if (lost !== undefined) this.#lost(unit, lost);
      if (unit.live.length === 0) this.#units.delete(unit.name);
    }
    const { lookMs, longestLookMs } = this.#pace;
    this.#lookMs = isQuiet ? Math.min(longestLookMs, this.#lookMs * SLOWER) : lookMs;
    await this.#cancelJobs();
  }

  /** Ends the jobs of which nobody wants anything any more. */
  async #cancelJobs(): Promise<void> {
    const unwanted = [...this.#units.values()].filter(({ isWanted }) => !isWanted);
    const jobs = unwanted.flatMap(({ job }) => job ?? []);
    if (jobs.length > 0) await this.#system.cancel(jobs);
  }

  /** A system that does not answer must not keep a run from its end. */
  #giveUp(now: number): void {
    this.#unansweredSince ??= now;
    if (now - this.#unansweredSince < this.#pace.graceMs) return;
    for (const { member } of [...this.#unitOf.values()]) {
      member.hasEnded = true;
      this.#fail(member, cancelled(member.task));
    }
    this.#units.clear();
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
    if (event.type === 'failed') this.#queue.learn(task, event.failure.class, host);
    this.#emit(event);
    if (this.#unitOf.size === 0) this.#onEmpty();
    // What was held back may know its length now.
    if (this.#queue.size > 0) this.#gather();
  }

  /** The unit's job is over, and left tasks without a result. */
  #lost(unit: UnitUnderWay, lost: LostJob): void {
    unit.withdraw();
    for (const member of unit.live) {
      const { task } = member;
      member.hasEnded = true;
      if (member.isCancelled) this.#fail(member, cancelled(task));
      else if (member.hasBegun || !mayGoElsewhere(lost)) {
        this.#fail(member, failureOfLost(task.node, lost), lost.host);
      } else {
        this.#unitOf.delete(task.id);
        this.#queue.end(task, undefined);
        this.#queue.add(task);
        this.#gather();
      }
    }
  }

  #fail({ task }: Member, reason: Failure, host: string | null = null): void {
    const at = this.#clock();
    const usage = { startedAt: at, endedAt: at, cpuSeconds: null, peakBytes: null };
    this.#end({ type: 'failed', task: task.id, failure: reason, usage }, host);
  }

  /** Ends a task that no unit has. A caller of `submit` receives no event before the call has returned. */
  #failLater(task: Task, reason: Failure): void {
    const at = this.#clock();
    const usage = { startedAt: at, endedAt: at, cpuSeconds: null, peakBytes: null };
    queueMicrotask(() => this.#emit({ type: 'failed', task: task.id, failure: reason, usage }));
  }

  #emit(event: ExecutorEvent): void {
    if (!this.#left) this.#options.onEvent(event);
  }
}

/** By how much each look without news puts off the next. */
const SLOWER = 1.2;

function cancelled(task: Task): Failure {
  return failure('cancelled', abortSentence('cancelled', task));
}
