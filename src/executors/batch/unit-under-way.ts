/** A unit whose job may be waiting or running, from its submission until each of its tasks has ended. */
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { ExecutorEvent } from '../contract.ts';
import type { BatchSystem, JobEnd, ObservedJob } from './contract.ts';
import { lastLineOf } from './units/job-log.ts';
import type { LostJob } from './lost-job.ts';
import type { Member } from './units/member.ts';
import { JobPatience } from './patience.ts';
import type { UnitDirectory } from './units/unit-directory.ts';

/** What a look at a unit has found. */
export interface Look {
  readonly events: readonly ExecutorEvent[];
  /** Set once its job is over: its tasks that have not ended are lost with it. */
  readonly lost?: LostJob;
}

/** What is known of a job: undefined if its system could not be asked, and a missing job if that knows none. */
export type Asked = { readonly job: ObservedJob | undefined } | undefined;

export interface UnitOptions {
  readonly system: Pick<BatchSystem, 'title' | 'endInLog'>;
  readonly graceMs: number;
  /** How many tasks it has; an earlier run that submitted it may have had more of them than this one wants. */
  readonly tasks: number;
  /** Whether an earlier run has submitted it. */
  readonly isAdopted: boolean;
}

export class UnitUnderWay {
  readonly name: string;
  readonly directory: UnitDirectory;
  readonly #members: Member[];
  readonly #options: UnitOptions;
  readonly #patience = new JobPatience();
  /** Undefined until the system has said which job it is. */
  #job: string | undefined;
  /** Whether its job may have written anything. */
  #hasRun: boolean;
  #told = '';
  #host: string | null = null;

  constructor(name: string, directory: UnitDirectory, members: readonly Member[], options: UnitOptions) {
    this.name = name;
    this.directory = directory;
    this.#members = [...members];
    this.#options = options;
    this.#hasRun = options.isAdopted;
  }

  /** Of its job, as the system has called it; null if it has not. */
  get host(): string | null {
    return this.#host;
  }

  get live(): readonly Member[] {
    return this.#members.filter(({ hasEnded }) => !hasEnded);
  }

  /** Whether a task of it is still to be executed or has a result to come. */
  get isWanted(): boolean {
    return this.#members.some(({ hasEnded, isCancelled }) => !hasEnded && !isCancelled);
  }

  /** Whether this run has all of its tasks: otherwise its job is not this run's to cancel. */
  get isWhole(): boolean {
    return this.#members.length === this.#options.tasks;
  }

  /** A task of it that this run wants, of a unit that an earlier run has submitted. */
  add(member: Member): void {
    this.#members.push(member);
  }

  /** Looks at the unit's files and at what its system says. The events of a task end with its last one. */
  look(asked: Asked, objects: ObjectStore, now: number): Look {
    const told = this.#tell(asked, now);
    const events: ExecutorEvent[] = told === undefined ? [] : this.live.map(({ task }) => ({ ...told, task: task.id }));
    // Before the files are read: what they hold then was there when the patience ended.
    const grace = this.isWanted ? this.#options.graceMs : 0;
    const verdict = asked === undefined ? undefined : this.#patience.hear(asked.job, now, grace);
    const isOver = verdict?.type === 'over';
    // A job that ran may wait again, after a crash of its system; its results are there all the time.
    if (asked?.job?.state !== 'waiting') this.#hasRun = true;
    const names = this.#hasRun ? this.#read(objects, now, isOver, events) : undefined;
    if (names === undefined || !isOver) return { events };
    const { host, said } = verdict;
    const { system } = this.#options;
    const lastLine = lastLineOf(this.directory);
    const end = endOf(system.endInLog?.(lastLine) ?? verdict.end, names);
    const job = `${system.title} job ${this.#job ?? '(unknown)'}${host === null ? '' : ` on ${host}`}`;
    return { events, lost: { end, host, said, job, lastLine } };
  }

  /** Looks at the unit's files alone. What it has found may be all: then there is nothing to do about its job. */
  lookAtFiles(objects: ObjectStore, now: number): readonly ExecutorEvent[] {
    const events: ExecutorEvent[] = [];
    if (this.#hasRun) this.#read(objects, now, false, events);
    return events;
  }

  /** What is in its directory; undefined if that cannot be read. Adds what the files tell to `events`. */
  #read(objects: ObjectStore, now: number, isOver: boolean, events: ExecutorEvent[]): ReadonlySet<string> | undefined {
    let names: ReadonlySet<string>;
    try {
      names = this.directory.names();
    } catch (error) {
      events.push(...this.#unreadable(error, now));
      return undefined;
    }
    for (const member of this.live) events.push(...member.look(names, objects, isOver));
    return names;
  }

  get hasBegunAny(): boolean {
    return this.#members.some(({ hasBegun }) => hasBegun);
  }

  /** From now on, the job begins none of its tasks. */
  withdraw(): void {
    this.directory.mark('withdrawn');
  }

  cancel(member: Member): void {
    member.isCancelled = true;
    this.directory.mark(`${member.index}.cancelled`);
  }

  /** What is said of where the job is, when it has changed. */
  #tell(asked: Asked, at: number): Observed | undefined {
    const seen = asked?.job;
    if (seen !== undefined) this.#job = seen.job;
    if (seen !== undefined && seen.state !== 'waiting') this.#host = seen.host ?? this.#host;
    if (asked === undefined) return this.#unknown(`${this.#options.system.title} does not answer`, at);
    if (seen === undefined || seen.state === 'ended') return undefined;
    return seen.state === 'running'
      ? this.#once({ state: 'running', note: `job ${seen.job} on ${seen.host}`, why: null }, at)
      : this.#once({ state: 'waiting', note: `job ${seen.job}`, why: seen.why }, at);
  }

  /** Such as a file server that does not answer: it may, the next time. */
  #unreadable(error: unknown, at: number): readonly ExecutorEvent[] {
    const why = systemErrorMeaning(error)?.cause ?? String(error);
    const told = this.#unknown(`its files cannot be read: ${why}`, at);
    return told === undefined ? [] : this.live.map(({ task }) => ({ ...told, task: task.id }));
  }

  #unknown(why: string, at: number): Observed | undefined {
    return this.#once({ state: 'unknown', note: this.#job === undefined ? null : `job ${this.#job}`, why }, at);
  }

  #once(seen: Pick<Observed, 'state' | 'note' | 'why'>, at: number): Observed | undefined {
    const text = JSON.stringify(seen);
    if (text === this.#told) return undefined;
    this.#told = text;
    return { type: 'observed', at, ...seen };
  }
}

type Observed = Omit<ExecutorEvent & { readonly type: 'observed' }, 'task'>;

/**
 * To its system, a job that was told to make room and did so has simply ended, and one whose process was killed may not
 * have been started. The files that it left say more.
 */
function endOf(end: JobEnd | 'vanished', names: ReadonlySet<string>): JobEnd | 'vanished' {
  if ((end === 'completed' || end === 'failed') && names.has('vacated')) return 'preempted';
  return end === 'not-started' && [...names].some((name) => name.endsWith('.begun')) ? 'failed' : end;
}
