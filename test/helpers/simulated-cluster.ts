/**
 * A batch system that is simulated from a seed: it queues jobs, starts some each moment, loses hosts, makes room,
 * starts jobs again, forgets jobs, does not answer, and answers that it is busy. Its jobs write what real ones write,
 * and compute nothing.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { sha256 } from '../../src/core/identity/digest.ts';
import type { BatchSystem, JobEnd, JobRequest, NamedJob, ObservedJob } from '../../src/executors/batch/contract.ts';
import type { Submission } from '../../src/executors/batch/submission.ts';
import { encoded, type LastEvent, manifestIn, type Started } from '../../src/executors/batch/units/unit.ts';
import { UnitDirectory } from '../../src/executors/batch/units/unit-directory.ts';
import type { Task } from '../../src/executors/contract.ts';
import { processorMs } from './turns.ts';

export interface ClusterModel {
  /** From 0 up to and not including 1. */
  readonly random: () => number;
  /** How many jobs run at once. */
  readonly slots: number;
  /** How long a task takes: in milliseconds of this clock, and in seconds as its result says. */
  readonly taskMs: number;
  readonly taskSeconds: number;
  /** Of all answers to a submission, and of all looks. */
  readonly rates: { readonly busy: number; readonly unanswered: number; readonly silent: number };
  /** Of all starts of jobs: how many come to each of these ends somewhere in the middle. */
  readonly fates: Readonly<Record<Fate, number>>;
}

type Fate = 'host-lost' | 'preempted' | 'started-again' | 'forgotten';

interface Job {
  readonly number: string;
  readonly unit: string;
  readonly directory: UnitDirectory;
  tasks: readonly Pick<Task, 'id' | 'node'>[];
  state: 'waiting' | 'running' | 'ended';
  end: JobEnd;
  at: number;
  /** The next task has ended then. */
  dueAt: number;
  fate: Fate | undefined;
  /** Before the fate comes. */
  left: number;
}

/** How often the simulated world goes on, in milliseconds. */
const TICK_MS = 25;
const HOSTS = 500;
/** Ended jobs are known for so long, in milliseconds. */
const REMEMBERED_MS = 3000;

export class SimulatedCluster implements BatchSystem {
  readonly title = 'Simulated';
  /** What has happened, by kind. */
  readonly told = new Map<string, number>();
  mostRunning = 0;
  submitted = 0;
  /** How much processor time it took itself, in milliseconds. */
  ownMs = 0;
  readonly #model: ClusterModel;
  readonly #waiting: Job[] = [];
  readonly #running = new Set<Job>();
  readonly #known = new Map<string, Job>();
  #isHurried = false;
  readonly #timer = setInterval(() => this.#counted(() => this.#goOn()), TICK_MS);

  constructor(model: ClusterModel) {
    this.#model = model;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** How many jobs have not ended. */
  get goingOn(): number {
    return this.#running.size + this.#waiting.filter(({ state }) => state === 'waiting').length;
  }

  /** From now on, no task takes any time. */
  hurry(): void {
    this.#isHurried = true;
    for (const job of this.#running) job.dueAt = 0;
  }

  async submit(request: JobRequest): Promise<Submission> {
    await pause(1);
    const { random, rates } = this.#model;
    if (random() < rates.busy) return { type: 'busy', reason: this.#count('busy') };
    const isUnanswered = random() < rates.unanswered;
    // Half of them have been taken.
    if (!isUnanswered || random() < 0.5) this.#take(request);
    if (isUnanswered) return { type: 'unanswered', reason: this.#count('unanswered') };
    return { type: 'accepted', job: String(this.submitted) };
  }

  async observe(): Promise<ReadonlyMap<string, ObservedJob> | undefined> {
    await pause(20);
    if (this.#model.random() < this.#model.rates.silent) {
      this.#count('silent');
      return undefined;
    }
    return this.#counted(() => new Map([...this.#known].map(([unit, job]) => [unit, observed(job)])));
  }

  cancel(jobs: readonly NamedJob[]): Promise<void> {
    for (const { unit } of jobs) {
      const job = this.#known.get(unit);
      if (job !== undefined && job.state !== 'ended') this.#end(job, 'cancelled');
    }
    return Promise.resolve();
  }

  commandToEnd(job: string): string {
    return `end ${job}`;
  }

  #take({ unit, directory }: JobRequest): void {
    const number = String(++this.submitted);
    const job: Job = {
      ...{ number, unit, directory: new UnitDirectory(directory), tasks: [], state: 'waiting', end: 'completed' },
      ...{ at: 0, dueAt: 0, fate: undefined, left: 0 },
    };
    this.#known.set(unit, job);
    this.#waiting.push(job);
  }

  #counted<T>(work: () => T): T {
    const began = processorMs();
    try {
      return work();
    } finally {
      this.ownMs += processorMs() - began;
    }
  }

  #goOn(): void {
    const now = performance.now();
    for (const job of this.#running) while (job.state === 'running' && job.dueAt <= now) this.#endTask(job);
    const free = this.#model.slots - this.#running.size;
    for (const job of this.#waiting.splice(0, free)) if (job.state === 'waiting') this.#start(job, now);
    this.mostRunning = Math.max(this.mostRunning, this.#running.size);
    for (const job of this.#known.values())
      if (job.state === 'ended' && now - job.dueAt > REMEMBERED_MS) this.#known.delete(job.unit);
  }

  #start(job: Job, now: number): void {
    const { fates, random } = this.#model;
    // All of it, of ten thousand jobs, would take more memory than the run.
    job.tasks = manifestIn(job.directory)?.tasks.map(({ id, node }) => ({ id, node })) ?? [];
    job.state = 'running';
    job.at = 0;
    job.dueAt = now + this.#taskMs();
    const drawn = random();
    let sum = 0;
    job.fate = (Object.keys(fates) as Fate[]).find((fate) => drawn < (sum += fates[fate]));
    job.left = Math.floor(random() * job.tasks.length);
    this.#running.add(job);
    this.#begin(job);
  }

  /** Moves on to the next task that nobody has begun. */
  #begin(job: Job): void {
    for (; job.at < job.tasks.length; job.at++) {
      if (existsSync(job.directory.begun(job.at))) continue;
      writeFileSync(job.directory.begun(job.at), '-');
      return;
    }
    this.#end(job, 'completed');
  }

  #endTask(job: Job): void {
    if (job.fate !== undefined && job.left-- === 0) {
      this.#count(job.fate);
      if (job.fate === 'forgotten') this.#known.delete(job.unit);
      else if (job.fate === 'started-again') {
        this.#running.delete(job);
        job.state = 'waiting';
        this.#waiting.push(job);
        return;
      } else {
        this.#end(job, job.fate);
        return;
      }
    }
    writeFileSync(job.directory.result(job.at), this.#result(job.tasks[job.at]!));
    job.at++;
    job.dueAt += this.#taskMs();
    this.#begin(job);
  }

  #taskMs(): number {
    return this.#isHurried ? 0 : this.#model.taskMs * (0.5 + this.#model.random());
  }

  #end(job: Job, end: JobEnd): void {
    job.state = 'ended';
    job.end = end;
    job.dueAt = performance.now();
    this.#running.delete(job);
  }

  #result(task: Pick<Task, 'id' | 'node'>): Buffer {
    const inline = Buffer.from(JSON.stringify(task.node));
    const usage = { startedAt: 0, endedAt: 1000 * this.#model.taskSeconds, cpuSeconds: 1, peakBytes: 2 ** 20 };
    const output = { name: 'x', kind: 'json', digest: sha256(inline), bytes: inline.byteLength, inline };
    const started: Started = { type: 'started', task: task.id, worker: 'simulated', pid: 1, at: 0 };
    const last: LastEvent = { type: 'succeeded', task: task.id, outputs: [output], usage, backend: null };
    return encoded({ started, last });
  }

  #count(what: string): string {
    this.told.set(what, (this.told.get(what) ?? 0) + 1);
    return what;
  }
}

function observed({ number: job, state, end }: Job): ObservedJob {
  const host = `n${Number(job) % HOSTS}`;
  if (state === 'waiting') return { job, state, why: 'Priority' };
  return state === 'running' ? { job, state, host } : { job, state, end, host, said: end };
}
