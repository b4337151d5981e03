/** A unit whose job may be waiting or running, from its submission until each of its tasks has ended. */
import type { ExecutorEvent } from '../contract.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import type { ObservedJob } from './contract.ts';
import type { LostJob } from './lost-job.ts';
import type { Member } from './member.ts';
import { JobPatience } from './patience.ts';
import { readIfThere, type UnitDirectory, writeOnce } from './unit-directory.ts';

const NOTHING = new Uint8Array();

/** What a look at a unit has found. */
export interface Look {
  readonly events: readonly ExecutorEvent[];
  /** Set once its job is over: its tasks that have not ended are lost with it. */
  readonly lost?: LostJob;
}

export class UnitUnderWay {
  readonly name: string;
  readonly directory: UnitDirectory;
  readonly #members: Member[];
  /** Undefined until the system has said which job it is. */
  job: string | undefined;
  readonly #system: string;
  readonly #graceMs: number;
  readonly #patience = new JobPatience();
  #told = '';

  constructor(
    name: string,
    directory: UnitDirectory,
    members: readonly Member[],
    options: { readonly system: string; readonly graceMs: number },
  ) {
    this.name = name;
    this.directory = directory;
    this.#members = [...members];
    this.#system = options.system;
    this.#graceMs = options.graceMs;
  }

  get live(): readonly Member[] {
    return this.#members.filter(({ hasEnded }) => !hasEnded);
  }

  /** Whether a task of it is still to be executed or has a result to come. */
  get isWanted(): boolean {
    return this.#members.some(({ hasEnded, isCancelled }) => !hasEnded && !isCancelled);
  }

  /** A task of it that this run wants, of a unit that an earlier run has submitted. */
  add(member: Member): void {
    this.#members.push(member);
  }

  /**
   * Looks at the unit's files and at what its system says. The events of a task end with its last one.
   * @param observed undefined if the system could not be asked
   */
  look(observed: { readonly job: ObservedJob | undefined } | undefined, objects: ObjectStore, now: number): Look {
    const events: ExecutorEvent[] = [];
    const told = this.#tell(observed, now);
    if (told !== undefined) for (const { task } of this.live) events.push({ ...told, task: task.id });
    // Before the files are read: what they hold then was there when the patience ended.
    const grace = this.isWanted ? this.#graceMs : 0;
    const verdict = observed === undefined ? undefined : this.#patience.hear(observed.job, now, grace);
    const isOver = verdict?.type === 'over';
    if (observed?.job?.state === 'waiting' && !isOver) return { events };
    const names = this.directory.names();
    for (const member of this.live) {
      const result = member.result(names, objects, isOver);
      events.push(...member.news(names));
      if (result === undefined) continue;
      member.hasEnded = true;
      events.push(result);
    }
    if (!isOver) return { events };
    const { end, host, said } = verdict;
    const job = `${this.#system} job ${this.job ?? '(unknown)'}${host === null ? '' : ` on ${host}`}`;
    return { events, lost: { end, host, said, job, lastLine: lastLineOf(this.directory) } };
  }

  /** From now on, the job begins none of its tasks. */
  withdraw(): void {
    writeOnce(this.directory.withdrawn, NOTHING);
  }

  cancel(member: Member): void {
    member.isCancelled = true;
    writeOnce(this.directory.cancelled(member.index), NOTHING);
  }

  /** What is said of where the job is, when it has changed. */
  #tell(
    observed: { readonly job: ObservedJob | undefined } | undefined,
    at: number,
  ): Omit<ExecutorEvent & { readonly type: 'observed' }, 'task'> | undefined {
    const seen = observed?.job;
    if (seen !== undefined) this.job = seen.job;
    const [state, note] =
      observed === undefined
        ? (['unknown', `${this.#system} does not answer`] as const)
        : seen === undefined || seen.state === 'ended'
          ? ([undefined, null] as const)
          : seen.state === 'running'
            ? (['running', `job ${seen.job} on ${seen.host}`] as const)
            : (['waiting', `job ${seen.job}${seen.why === null ? '' : `: ${seen.why}`}`] as const);
    if (state === undefined) return undefined;
    const text = `${state} ${note}`;
    if (text === this.#told) return undefined;
    this.#told = text;
    return { type: 'observed', at, state, note };
  }
}

function lastLineOf({ log }: UnitDirectory): string {
  const lines = (readIfThere(log)?.toString() ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? '';
}
