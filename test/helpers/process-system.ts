/** A batch system whose hosts are this machine: a job is a process, which starts at once. */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchSystem, JobRequest, NamedJob, ObservedJob } from '../../src/executors/batch/contract.ts';
import type { Submission } from '../../src/executors/batch/submission.ts';

export class ProcessSystem implements BatchSystem {
  readonly title = 'the process list';
  readonly requests: JobRequest[] = [];
  readonly #jobs = new Map<string, ObservedJob>();
  readonly #processes = new Map<string, () => void>();

  submit(request: JobRequest): Promise<Submission> {
    this.requests.push(request);
    const job = String(this.requests.length);
    const [command, ...words] = request.command;
    const child = spawn(command!, words, { cwd: request.directory, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (text: Buffer) => appendFileSync(join(request.directory, 'job.log'), text));
    this.#jobs.set(request.unit, { job, state: 'running', host: 'here' });
    this.#processes.set(job, () => child.kill('SIGTERM'));
    child.on('close', (code, signal) => {
      const end = signal !== null ? 'cancelled' : code === 0 ? 'completed' : 'failed';
      this.#jobs.set(request.unit, { job, state: 'ended', end, host: 'here', said: `exit ${code ?? signal ?? ''}` });
    });
    return Promise.resolve({ type: 'accepted', job });
  }

  observe(): Promise<ReadonlyMap<string, ObservedJob>> {
    return Promise.resolve(new Map(this.#jobs));
  }

  cancel(jobs: readonly NamedJob[]): Promise<void> {
    for (const { job } of jobs) this.#processes.get(job)?.();
    return Promise.resolve();
  }

  commandToEnd(job: string): string {
    return `end ${job}`;
  }
}
