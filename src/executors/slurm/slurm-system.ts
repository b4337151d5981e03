/** Slurm as a batch system: sbatch, squeue and scancel. */
import { join } from 'node:path';
import { unreachable } from '../../errors.ts';
import { cacheName } from '../batch/cache-name.ts';
import { type Answer, systemCommand } from '../batch/command.ts';
import type { BatchSystem, JobOptions, JobRequest, NamedJob, ObservedJob, Submission } from '../batch/contract.ts';
import { writeJobFile } from '../batch/job-file.ts';
import { withoutHabits } from './habits.ts';
import { jobWords, SCRIPT, wrongOptions } from './job-words.ts';
import { jobsIn, QUEUE_FORMAT } from './queue-table.ts';

export interface SlurmOptions {
  readonly cacheDirectory: string;
  /** Of all jobs, unless they say otherwise. */
  readonly options: JobOptions;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly timeoutMs?: number;
}

/** So many jobs are cancelled at once: a command line has its limit. */
const CANCELLED_AT_ONCE = 100;
/** What is said when no controller was reached, or when it takes no job now. */
const BUSY = /unable to contact|temporarily|try again|too many|job submit limit|MaxSubmit|resource busy/i;
/** What is said when the answer of a controller did not come: it may have the job. */
const UNANSWERED = /timed out|socket|connection|zero bytes/i;

/** What its commands say where no site has configured them. */
const NO_CLUSTER = /resolve_ctls_from_dns_srv|configuration source|fetch_config|slurm\.conf/i;
const NOT_HERE =
  'this machine belongs to no cluster, as sbatch says or is missing; run restage where jobs are submitted, or use another executor.';

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
    if (wrong !== undefined) return { type: 'refused', reason: `${wrong}.` };
    const script = join(request.directory, 'job.sh');
    const unwritten = writeJobFile(request, script, SCRIPT, 0o700);
    if (unwritten !== undefined) return unwritten;
    const words = jobWords(request, this.#name, join(request.directory, 'job.log'), this.#env);
    return submissionOf(await this.#ask('sbatch', [...words, script, ...request.command]));
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

  #ask(command: string, words: readonly string[]): Promise<Answer> {
    return systemCommand(command, words, { timeoutMs: this.#timeoutMs, env: this.#env });
  }
}

function submissionOf(answer: Answer): Submission {
  switch (answer.type) {
    case 'said': {
      // A site's own greeting may come before it; a cluster's name after it.
      const job = /^(\d+)(?:;\S*)?$/m.exec(answer.text.trim())?.[1];
      if (job !== undefined) return { type: 'accepted', job };
      return { type: 'unknown', reason: `sbatch answered ${JSON.stringify(answer.text.slice(0, 80))}` };
    }
    case 'failed': {
      const reason = firstLineOf(answer.text);
      if (NO_CLUSTER.test(reason)) return { type: 'refused', reason: NOT_HERE };
      if (BUSY.test(reason)) return { type: 'busy', reason };
      if (UNANSWERED.test(reason)) return { type: 'unknown', reason };
      return { type: 'refused', reason: `${reason || `sbatch ended with ${answer.code}`}.` };
    }
    case 'silent':
      return { type: 'unknown', reason: 'sbatch did not answer' };
    case 'missing':
      return { type: 'refused', reason: NOT_HERE };
    default:
      return unreachable(answer);
  }
}

function firstLineOf(text: string): string {
  return (text.split('\n')[0] ?? '').trim().replace(/^\w+: (?:error: )?/, '');
}
