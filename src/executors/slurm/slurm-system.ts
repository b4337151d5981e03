/** Slurm as a batch system: sbatch, squeue and scancel. */
import { join } from 'node:path';
import { cacheName } from '../batch/cache-name.ts';
import { type Answer, systemCommand } from '../batch/command.ts';
import type { BatchSystem, JobEnd, JobOptions, JobRequest, NamedJob, ObservedJob } from '../batch/contract.ts';
import { isUnitName } from '../batch/units/handle.ts';
import { writeJobFile } from '../batch/job-file.ts';
import { type Submission, submissionOf } from '../batch/submission.ts';
import { withoutHabits } from './habits.ts';
import { jobWords, SCRIPT, scriptWords, wrongOptions } from './job-words.ts';
import { jobsIn, QUEUE_FORMAT } from './queue-table.ts';
import { SBATCH } from './submit-answer.ts';

export interface SlurmOptions {
  readonly cacheDirectory: string;
  /** Of all jobs, unless they say otherwise. */
  readonly options: JobOptions;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly timeoutMs?: number;
}

/** So many jobs are cancelled at once: a command line has its limit. */
const CANCELLED_AT_ONCE = 100;
export class SlurmSystem implements BatchSystem {
  readonly title = 'Slurm';
  /** Of all jobs of this cache: one question about all of them, whichever run has submitted them. */
  readonly #name: string;
  readonly #options: JobOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #timeoutMs: number;

  constructor({ cacheDirectory, options, env = process.env, timeoutMs = 30_000 }: SlurmOptions) {
    this.#name = cacheName(cacheDirectory);
    this.#options = options;
    this.#env = withoutHabits(env);
    this.#timeoutMs = timeoutMs;
  }

  async submit(given: JobRequest): Promise<Submission> {
    const request = { ...given, options: { ...this.#options, ...given.options } };
    const wrong = wrongOptions(request.options);
    if (wrong !== undefined) return { type: 'refused', reason: wrong };
    const script = join(request.directory, 'job.sh');
    const unwritten = writeJobFile(request, script, SCRIPT, 0o700);
    if (unwritten !== undefined) return unwritten;
    const words = jobWords(request, this.#name, join(request.directory, 'job.log'));
    const all = [...words, script, ...scriptWords(request, this.#env)];
    return submissionOf(await this.#ask(SBATCH.name, all), SBATCH);
  }

  async observe(): Promise<ReadonlyMap<string, ObservedJob> | undefined> {
    const answer = await this.#ask('squeue', [
      ...['--noheader', '--array', '--states=all', '--me'],
      ...[`--name=${this.#name}`, `--Format=${QUEUE_FORMAT}`],
    ]);
    return answer.type === 'said' ? jobsIn(answer.text) : undefined;
  }

  async cancel(jobs: readonly NamedJob[]): Promise<void> {
    const numbers = jobs.map(({ job }) => job);
    for (let at = 0; at < numbers.length; at += CANCELLED_AT_ONCE)
      await this.#ask('scancel', numbers.slice(at, at + CANCELLED_AT_ONCE));
  }

  /** Where accounting ends jobs for their memory (OverMemoryKill), the queue tells a failed launch. */
  endInLog(lastLine: string): JobEnd | undefined {
    return /^slurmstepd\S*: error: .*exceeded (?:job )?memory limit/i.test(lastLine) ? 'memory' : undefined;
  }

  commandToEnd(job: string): string {
    if (!isUnitName(job)) return `scancel ${job}`;
    return `scancel $(squeue --me --noheader --Format=JobID:24,Comment:64 | awk '$2 == "${job}" { print $1 }')`;
  }

  #ask(command: string, words: readonly string[]): Promise<Answer> {
    return systemCommand(command, words, { timeoutMs: this.#timeoutMs, env: this.#env });
  }
}
