/** A batch system that does what a test tells it. The test also writes what a job would write. */
import { randomBytes } from 'node:crypto';
import { endedWithout, failure } from '../../../src/executors/attempt/failure.ts';
import type { BatchSystem, JobEnd, JobRequest, NamedJob, ObservedJob } from '../../../src/executors/batch/contract.ts';
import type { Submission } from '../../../src/executors/batch/submission.ts';
import { encoded, type LastEvent, manifestIn, type Started } from '../../../src/executors/batch/units/unit.ts';
import { UnitDirectory } from '../../../src/executors/batch/units/unit-directory.ts';
import { writeOnce } from '../../../src/store/files/shared-file.ts';
import type { Output } from '../../../src/core/artifact/artifact.ts';
import type { Task } from '../../../src/executors/contract.ts';

export class ScriptedSystem implements BatchSystem {
  readonly title = 'Batch';
  readonly requests: JobRequest[] = [];
  readonly cancelled: string[] = [];
  /** What it says of the next submissions, in turn; then it accepts. */
  readonly answers: Submission[] = [];
  endInLog: (lastLine: string) => JobEnd | undefined = () => undefined;
  /** What it knows of jobs; undefined while it does not answer. */
  jobs: Map<string, ObservedJob> | undefined = new Map();

  submit(request: JobRequest): Promise<Submission> {
    this.requests.push(request);
    const job = String(this.requests.length);
    const answer = this.answers.shift() ?? { type: 'accepted', job };
    // A system whose answer was lost has the job.
    if (answer.type === 'accepted' || answer.type === 'unanswered')
      this.jobs?.set(request.unit, { job, state: 'running', host: 'n1' });
    return Promise.resolve(answer);
  }

  observe(): Promise<ReadonlyMap<string, ObservedJob> | undefined> {
    return Promise.resolve(this.jobs && new Map(this.jobs));
  }

  cancel(jobs: readonly NamedJob[]): Promise<void> {
    this.cancelled.push(...jobs.map(({ job }) => job));
    for (const { unit } of jobs) this.end(unit, 'cancelled');
    return Promise.resolve();
  }

  commandToEnd(job: string): string {
    return `end ${job}`;
  }

  end(unit: string, end: (ObservedJob & { state: 'ended' })['end']): void {
    this.jobs?.set(unit, { job: this.jobs.get(unit)?.job ?? '0', state: 'ended', end, host: 'n1', said: end });
  }
}

/** A job as it writes into the directory of its unit. */
export class Job {
  readonly #directory: UnitDirectory;

  constructor({ directory }: JobRequest) {
    this.#directory = new UnitDirectory(directory);
  }

  get tasks(): readonly Task[] {
    return manifestIn(this.#directory)!.tasks;
  }

  begin(member: number): boolean {
    return writeOnce(this.#directory.begun(member), randomBytes(1));
  }

  /** @param times by the clock of its host, in milliseconds */
  succeed(member: number, outputs: readonly Output[] = [], times = { startedAt: 0, endedAt: 100 }): boolean {
    const usage = { ...times, cpuSeconds: 0.1, peakBytes: null };
    const at = times.startedAt;
    const started: Started = { type: 'started', task: this.tasks[member]!.id, worker: 'n1/1', pid: 1, at };
    const last: LastEvent = { type: 'succeeded', task: this.tasks[member]!.id, outputs, usage, backend: null };
    return writeOnce(this.#directory.result(member), encoded({ started, last }));
  }

  /** Its host is not one for this task. */
  refuse(member: number, ofHost: string): boolean {
    const end = endedWithout(this.tasks[member]!, failure('lost', 'It has another GPU.'), 0);
    return writeOnce(this.#directory.result(member), encoded({ started: null, last: { ...end, ofHost } }));
  }

  mark(name: 'vacated'): void {
    this.#directory.mark(name);
  }

  has(name: string): boolean {
    return this.#directory.names().has(name);
  }
}
