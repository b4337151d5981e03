/**
 * One job of a batch system that tells what its host is and sees: submitted, observed and cancelled as any other job, and
 * waited for. Nothing of it is left behind, unless the system cannot be made to end the job.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeOnce } from '../../../store/files/shared-file.ts';
import type { BatchSystem, JobOptions, JobRequest, ObservedJob } from '../contract.ts';
import { UnitDirectory } from '../unit-directory.ts';
import { lastLineOf } from '../job-log.ts';
import {
  type Arrival,
  arrivalIn,
  type Departure,
  departureIn,
  type FoundNode,
  LOOK_MS,
  nodeIn,
  probeFile,
} from './probe-directory.ts';
import { probeProgram } from './probe-program.ts';
import { type Raced, race } from './races.ts';

export interface ProbeOptions {
  readonly system: BatchSystem;
  /** It exists. */
  readonly cacheDirectory: string;
  readonly options: JobOptions;
  /** How long the job may wait for a host, in milliseconds. */
  readonly waitMs: number;
  /** How long a file of another host takes to become visible here, at most, in milliseconds. */
  readonly graceMs: number;
  /** Ends the probe, and its job. */
  readonly signal?: AbortSignal | undefined;
  /** The path of Node on the hosts; default: that of this process. */
  readonly node?: string | undefined;
}

export type ProbeOutcome =
  /** The system does not take the job, or not now. */
  | { readonly type: 'refused'; readonly reason: string }
  /** It was not started in time. `why`: as the system says; null if it does not. */
  | { readonly type: 'never-started'; readonly job: string | null; readonly why: string | null }
  /** Its end was told, or it vanished, and nothing that it has written can be seen. */
  | { readonly type: 'silent'; readonly job: string | null; readonly host: string | null; readonly said: string }
  /** Node, where the job was told to find it, does not run or is of another major version. */
  | { readonly type: 'no-node'; readonly job: string | null; readonly found: FoundNode }
  | ProbeAnswer;

export interface ProbeAnswer {
  readonly type: 'answered';
  readonly job: string | null;
  /** What the system calls its host; null if it has not said. */
  readonly place: string | null;
  /** How long the job waited for its host, in milliseconds. */
  readonly queuedMs: number;
  readonly arrival: Arrival;
  /** Whether the host has read what was written here. */
  readonly sawOurs: boolean;
  /** Undefined if the host never told that it saw the answer. */
  readonly exchange: Exchange | undefined;
}

export interface Exchange {
  /** Until a file of the host was seen here and the answer there, both together, in milliseconds. */
  readonly roundTripMs: number;
  /** How much the host's clock is ahead of the one here, in milliseconds, to half of the round trip. */
  readonly aheadMs: number;
  readonly here: Raced;
  readonly there: Raced;
}

export interface Probed {
  readonly outcome: ProbeOutcome;
  /** The job that could not be ended; null if none is left. */
  readonly leftBehind: string | null;
}

/** Between two questions to the system, in milliseconds. */
const ASK_MS = 1000;
/** How long a job that was cancelled may take to end, in milliseconds. */
const CANCEL_MS = 30_000;
/** How long a job that has told everything may take to end, in milliseconds. */
const LEAVE_MS = 3000;
/** How long the program of a job that runs may take to begin, in milliseconds. */
const BEGIN_MS = 20_000;
/** The limit of the job itself: it ends alone if nobody is there any more. */
const JOB_SECONDS = 180;

/** @throws the signal's reason, when nothing is left; a system error if the directory cannot be written */
export async function probe(options: ProbeOptions): Promise<Probed> {
  const { system, cacheDirectory, signal } = options;
  const unit = randomBytes(8).toString('hex');
  const directory = UnitDirectory.of(cacheDirectory, unit);
  directory.create();
  const job = new ProbedJob(system, unit, directory);
  try {
    writeOnce(probeFile(directory.path, 'asked'), Buffer.from(unit));
    const outcome = await outcomeOf(job, options);
    const leftBehind = await job.end(outcome.type === 'answered');
    return { outcome, leftBehind };
  } catch (error) {
    await job.end(false);
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    // A job that may still begin finds nothing to do, and ends.
    rmSync(directory.path, { recursive: true, force: true });
    removeIfEmpty(dirname(directory.path));
  }
}

async function outcomeOf(job: ProbedJob, options: ProbeOptions): Promise<ProbeOutcome> {
  const { waitMs, graceMs, signal } = options;
  const began = performance.now();
  const path = job.directory.path;
  const refusal = await job.submit(options);
  if (refusal !== undefined) return { type: 'refused', reason: refusal };
  let overSince: number | undefined;
  let runningSince: number | undefined;
  for (;;) {
    // Before the files are read: what they hold then was there when the job was over.
    await job.look();
    const names = readdirSync(path);
    if (names.includes('arrived')) return answerOf(job, options, performance.now() - began);
    const found = names.includes('node') ? nodeIn(path) : undefined;
    if (found !== undefined && majorOf(found.version) !== majorOf(process.version))
      return { type: 'no-node', job: job.number, found };
    const now = performance.now();
    overSince = job.state === 'over' ? (overSince ?? now) : undefined;
    runningSince = job.state === 'running' ? (runningSince ?? now) : undefined;
    const isSilent = now - (overSince ?? now) >= graceMs || now - (runningSince ?? now) >= graceMs + BEGIN_MS;
    if (isSilent) return job.silent();
    if (job.state === 'waiting' && now - began >= waitMs)
      return { type: 'never-started', job: job.number, why: job.why };
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function answerOf(job: ProbedJob, { graceMs, signal }: ProbeOptions, queuedMs: number): Promise<ProbeAnswer> {
  const seenAt = Date.now();
  const path = job.directory.path;
  const arrival = arrivalIn(path)!;
  const writtenAt = Date.now();
  writeOnce(probeFile(path, 'answer'), Buffer.of());
  const here = await race(path, 'here', 'down');
  const until = performance.now() + 2 * graceMs;
  let departure: Departure | undefined;
  while (departure === undefined && performance.now() < until) {
    await sleep(LOOK_MS, undefined, { signal });
    if (readdirSync(path).includes('left')) departure = departureIn(path);
  }
  await job.look();
  const { answeredAt = null, won = [], noLinks = null } = departure ?? {};
  const exchange =
    answeredAt === null
      ? undefined
      : {
          roundTripMs: Math.max(0, answeredAt - arrival.at - (writtenAt - seenAt)),
          aheadMs: (arrival.at - seenAt + (answeredAt - writtenAt)) / 2,
          here,
          there: { won, noLinks },
        };
  return {
    type: 'answered',
    job: job.number,
    place: job.place,
    queuedMs,
    arrival,
    sawOurs: arrival.asked === job.unit,
    exchange,
  };
}

function majorOf(version: string): string | undefined {
  return /^v?(\d+)\./.exec(version)?.[1];
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Units of runs are in it.
  }
}

/** A job as its system knows it. */
class ProbedJob {
  readonly unit: string;
  readonly directory: UnitDirectory;
  number: string | null = null;
  /** Why it waits, as was last heard. */
  why: string | null = null;
  readonly #system: BatchSystem;
  #mayExist = false;
  #seen: ObservedJob | 'missing' | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(system: BatchSystem, unit: string, directory: UnitDirectory) {
    this.#system = system;
    this.unit = unit;
    this.directory = directory;
  }

  /** Why the system does not take it; undefined if it does, or may. */
  async submit({ options, node }: ProbeOptions): Promise<string | undefined> {
    const { path } = this.directory;
    const needs = { cpus: 1, memoryMiB: null, gpus: 0, seconds: JOB_SECONDS };
    const command = probeProgram(path, node);
    const request: JobRequest = { unit: this.unit, directory: path, command, needs, options, avoid: [] };
    const submission = await this.#system.submit(request);
    switch (submission.type) {
      case 'accepted':
        this.number = submission.job;
        this.#mayExist = true;
        return undefined;
      case 'unknown':
        this.#mayExist = true;
        return undefined;
      case 'busy':
      case 'refused':
        return submission.reason;
    }
  }

  /** What the system calls its host; null if it has not said. */
  get place(): string | null {
    const seen = this.#seen === 'missing' ? undefined : this.#seen;
    return seen === undefined || seen.state === 'waiting' ? null : seen.host;
  }

  /** Whether it goes on, as was last heard. A system that has not answered says nothing. */
  get state(): 'waiting' | 'running' | 'over' {
    if (this.#seen === undefined) return 'waiting';
    if (this.#seen === 'missing' || this.#seen.state === 'ended') return 'over';
    return this.#seen.state;
  }

  /** Asks the system, once a second at most. */
  async look(): Promise<void> {
    if (performance.now() - this.#askedAt < ASK_MS) return;
    const jobs = await this.#system.observe();
    this.#askedAt = performance.now();
    this.#seen = jobs === undefined ? undefined : (jobs.get(this.unit) ?? 'missing');
    if (this.#seen === undefined || this.#seen === 'missing') return;
    this.number = this.#seen.job;
    if (this.#seen.state === 'waiting') this.why = this.#seen.why;
  }

  silent(): ProbeOutcome {
    const seen = this.#seen === 'missing' ? undefined : this.#seen;
    const lastLine = lastLineOf(this.directory);
    const told =
      seen?.state === 'ended' ? seen.said : seen?.state === 'running' ? 'it runs' : 'it is not in the queue any more';
    return {
      type: 'silent',
      job: this.number,
      host: this.place,
      said: lastLine === '' ? told : `${told}; its log ends with: ${lastLine}`,
    };
  }

  /**
   * Cancels it, unless it ends by itself.
   * @returns its number if it could not be ended
   */
  async end(isDone: boolean): Promise<string | null> {
    if (!this.#mayExist) return null;
    const began = performance.now();
    for (;;) {
      this.#askedAt = Number.NEGATIVE_INFINITY;
      await this.look();
      const waited = performance.now() - began;
      if (this.state === 'over') return null;
      if (waited >= CANCEL_MS) return this.number ?? '(of an unknown number)';
      if (this.#seen !== undefined && this.number !== null && (!isDone || waited >= LEAVE_MS))
        await this.#system.cancel([this.number]);
      await sleep(ASK_MS / 4);
    }
  }
}
