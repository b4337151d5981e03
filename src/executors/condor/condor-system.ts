/**
 * HTCondor as a batch system: condor_submit, condor_rm, and the event log of each job. condor_q is asked only where a
 * log does not tell enough.
 */
import { join } from 'node:path';
import { cacheName } from '../batch/cache-name.ts';
import { type Answer, systemCommand } from '../batch/command.ts';
import type { BatchSystem, JobOptions, JobRequest, NamedJob, ObservedJob } from '../batch/contract.ts';
import { isUnitName } from '../batch/units/handle.ts';
import { writeJobFile } from '../batch/job-file.ts';
import { type Submission, submissionOf } from '../batch/submission.ts';
import { UnitDirectory } from '../batch/units/unit-directory.ts';
import { jobsInQueue, QUEUE_ATTRIBUTES } from './queue-answer.ts';
import { CONDOR_SUBMIT } from './submit-answer.ts';
import { CACHE, eventLogIn, submitDescription, UNIT, wrongRequest } from './submit-description.ts';
import { adString } from './submit-text.ts';
import { UnitLog } from './unit-log.ts';

export interface CondorOptions {
  readonly cacheDirectory: string;
  /** Of all jobs, unless they say otherwise. */
  readonly options: JobOptions;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly timeoutMs?: number;
  readonly clock?: () => number;
}

/** So many jobs are removed at once: a command line has its limit. */
const REMOVED_AT_ONCE = 50;
export class CondorSystem implements BatchSystem {
  readonly title = 'HTCondor';
  readonly #cacheDirectory: string;
  readonly #cache: string;
  readonly #options: JobOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #timeoutMs: number;
  readonly #clock: () => number;
  /** By unit. */
  #logs: ReadonlyMap<string, UnitLog> = new Map();

  constructor({
    cacheDirectory,
    options,
    env = process.env,
    timeoutMs = 30_000,
    clock = () => performance.now(),
  }: CondorOptions) {
    this.#cacheDirectory = cacheDirectory;
    this.#cache = cacheName(cacheDirectory);
    this.#options = options;
    this.#env = env;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  async submit(given: JobRequest): Promise<Submission> {
    const request = { ...given, options: { ...this.#options, ...given.options } };
    const wrong = wrongRequest(request, this.#env);
    if (wrong !== undefined) return { type: 'refused', reason: wrong };
    const path = join(request.directory, 'job.sub');
    const unwritten = writeJobFile(request, path, submitDescription(request, this.#cache, this.#env), 0o600);
    if (unwritten !== undefined) return unwritten;
    return submissionOf(await this.#ask(CONDOR_SUBMIT.name, ['-terse', path]), CONDOR_SUBMIT);
  }

  async observe(units: readonly string[]): Promise<ReadonlyMap<string, ObservedJob> | undefined> {
    const now = this.#clock();
    this.#logs = new Map(units.map((unit) => [unit, this.#logs.get(unit) ?? this.#openLog(unit, now)]));
    for (const log of this.#logs.values()) log.read(now);
    const unclear = [...this.#logs].filter(([, log]) => log.asksQueue(now));
    const queue = unclear.length === 0 ? NO_JOBS : await this.#queue();
    // A job whose log is silent is as it was. Of one without a log, nothing is known.
    if (queue === undefined && unclear.some(([, { job }]) => job === undefined)) return undefined;
    if (queue !== undefined) for (const [unit, log] of unclear) log.confirm(queue.has(unit), now);
    return new Map(
      [...this.#logs].flatMap(([unit, log]) => {
        const job = log.job ?? queue?.get(unit);
        return job === undefined ? [] : [[unit, job] as const];
      }),
    );
  }

  /** By the names of their units: another scheduler of the pool may have given the same numbers. */
  async cancel(jobs: readonly NamedJob[]): Promise<void> {
    for (let at = 0; at < jobs.length; at += REMOVED_AT_ONCE) {
      const some = jobs.slice(at, at + REMOVED_AT_ONCE).map(({ unit }) => `${UNIT} == ${adString(unit)}`);
      await this.#ask('condor_rm', ['-constraint', some.join(' || ')]);
    }
  }

  commandToEnd(job: string): string {
    return isUnitName(job) ? `condor_rm -constraint '${UNIT} == ${adString(job)}'` : `condor_rm ${job}`;
  }

  #openLog(unit: string, now: number): UnitLog {
    return new UnitLog(eventLogIn(UnitDirectory.of(this.#cacheDirectory, unit).path), now);
  }

  /** Undefined if it could not be asked. */
  async #queue(): Promise<ReadonlyMap<string, ObservedJob> | undefined> {
    const words = ['-constraint', `${CACHE} == ${adString(this.#cache)}`, '-af:t', ...QUEUE_ATTRIBUTES];
    const answer = await this.#ask('condor_q', words);
    return answer.type === 'said' ? jobsInQueue(answer.text) : undefined;
  }

  #ask(command: string, words: readonly string[]): Promise<Answer> {
    return systemCommand(command, words, { timeoutMs: this.#timeoutMs, env: this.#env });
  }
}

const NO_JOBS: ReadonlyMap<string, ObservedJob> = new Map();
