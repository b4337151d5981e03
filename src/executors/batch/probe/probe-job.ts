/**
 * A probe: a job that reports what its host is and what it sees there. It is submitted, observed and cancelled as other
 * jobs are. It leaves nothing behind, unless the system does not end it.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replaceFile } from '../../../store/files/temporary-files.ts';
import type { BatchSystem, JobNeeds, JobOptions } from '../contract.ts';
import type { Unaccepted } from '../submission.ts';
import { UnitDirectory } from '../units/unit-directory.ts';
import {
  type Arrival,
  arrivalIn,
  type ComputeQuestion,
  type ComputeThere,
  type Departure,
  departureIn,
  type FoundNode,
  LOOK_MS,
  nodeIn,
  probeFile,
} from './probe-directory.ts';
import { ProbedJob } from './probed-job.ts';
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
  /** How long a job that is cancelled may take to end, in milliseconds; default: 30 s. */
  readonly cancelMs?: number | undefined;
  /** Hears of a job that could not be ended, or is not waited for, where the probe has no other answer. */
  readonly onLeftBehind?: ((job: string) => void) | undefined;
  /** What is looked for on the host besides. */
  readonly question?: ComputeQuestion | undefined;
  /** Ends the probe, and its job. */
  readonly signal?: AbortSignal | undefined;
  /** The process ends at once: a job that may go on is told before this returns. */
  readonly leaving?: AbortSignal | undefined;
  /** The path of Node on the hosts; default: that of this process. */
  readonly node?: string | undefined;
}

export type ProbeOutcome =
  /** The system does not take the job, or not now, or nobody knows: no answer came, and nobody has seen such a job. */
  | Unaccepted
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
  /** Undefined if it was not asked. */
  readonly computes?: ComputeThere | Untold | undefined;
}

/** The host was asked what computes there, and has not told. */
export interface Untold {
  readonly type: 'untold';
  /** How it is with the job, in a clause. */
  readonly said: string;
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
  /**
   * The number of the job that could not be ended, or the name of its unit where nobody knows that; null if none is
   * left.
   */
  readonly leftBehind: string | null;
}

/** How long a host may look for what computes there, in milliseconds: a driver that hangs is given up before. */
const COMPUTE_MS = 480_000;
/** The limit of such a job. */
const COMPUTE_SECONDS = 600;
const COMPUTE_MIB = 2000;

/** How long the program of a job that runs may take to begin, in milliseconds. */
const BEGIN_MS = 20_000;
/** So old, in milliseconds, the directory becomes at most: a small part of the age at which it counts as forgotten. */
const OLD_MS = 3_600_000;

/**
 * @throws the signal's reason, once the job is over; CacheError or a system error if the directory cannot be written
 */
export async function probe(options: ProbeOptions): Promise<Probed> {
  const { system, cacheDirectory, signal } = options;
  const unit = randomBytes(8).toString('hex');
  const directory = UnitDirectory.of(cacheDirectory, unit);
  directory.create();
  const job = new ProbedJob(system, unit, directory, options.cancelMs);
  const { leaving, onLeftBehind } = options;
  const leave = (): void => {
    if (job.mayGoOn !== null) onLeftBehind?.(job.mayGoOn);
  };
  leaving?.addEventListener('abort', leave);
  try {
    replaceFile(probeFile(directory.path, 'asked'), unit, 'The question of a probe');
    if (options.question !== undefined)
      replaceFile(probeFile(directory.path, 'question'), JSON.stringify(options.question), 'The question of a probe');
    const outcome = await outcomeOf(job, options);
    const leftBehind = await job.end(outcome.type === 'answered');
    return { outcome, leftBehind };
  } catch (error) {
    const leftBehind = await job.end(false);
    if (leftBehind !== null && leaving?.aborted !== true) onLeftBehind?.(leftBehind);
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    leaving?.removeEventListener('abort', leave);
    // A job that may still begin finds nothing to do, and ends.
    rmSync(directory.path, { recursive: true, force: true, maxRetries: 3 });
    removeIfEmpty(dirname(directory.path));
  }
}

async function outcomeOf(job: ProbedJob, options: ProbeOptions): Promise<ProbeOutcome> {
  const { waitMs, graceMs, signal } = options;
  const began = performance.now();
  const path = job.directory.path;
  const unaccepted = await job.submit(probeProgram(path, options.node), options.options, needsOf(options.question));
  if (unaccepted !== undefined) return unaccepted;
  let overSince: number | undefined;
  let runningSince: number | undefined;
  for (;;) {
    // Before the files are read: what they hold then was there when the job was over.
    await job.look();
    keepYoung(path);
    const names = readdirSync(path);
    if (names.includes('arrived')) return answerOf(job, options, performance.now() - began);
    const found = names.includes('node') ? nodeIn(path) : undefined;
    if (found !== undefined && majorOf(found.version) !== majorOf(process.version))
      return { type: 'no-node', job: job.number, found };
    const now = performance.now();
    overSince = job.state === 'over' ? (overSince ?? now) : undefined;
    runningSince = job.state === 'running' ? (runningSince ?? now) : undefined;
    const isSilent = now - (overSince ?? now) >= graceMs || now - (runningSince ?? now) >= graceMs + BEGIN_MS;
    const isLate = job.state === 'waiting' && now - began >= waitMs;
    if ((isSilent || isLate) && job.unanswered !== null) return { type: 'unanswered', reason: job.unanswered };
    if (isSilent) return { type: 'silent', job: job.number, host: job.place, said: job.said };
    if (isLate) return { type: 'never-started', job: job.number, why: job.whyWaiting };
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** A job may wait for days, and other runs remove directories of units that have not changed for long. */
function keepYoung(directory: string): void {
  const now = new Date();
  if (now.getTime() - statSync(directory).mtimeMs > OLD_MS) utimesSync(directory, now, now);
}

async function answerOf(
  job: ProbedJob,
  { graceMs, signal, question }: ProbeOptions,
  queuedMs: number,
): Promise<ProbeAnswer> {
  const seenAt = Date.now();
  const path = job.directory.path;
  const arrival = arrivalIn(path)!;
  const writtenAt = Date.now();
  replaceFile(probeFile(path, 'answer'), '', 'The answer of a probe');
  const here = await race(path, 'here', 'down');
  const until = performance.now() + 2 * graceMs + (question === undefined ? 0 : COMPUTE_MS);
  let departure: Departure | undefined;
  let overSince: number | undefined;
  while (departure === undefined && performance.now() < until) {
    await sleep(LOOK_MS, undefined, { signal });
    // Before the files are read, as above.
    if (question !== undefined) await job.look();
    overSince = job.state === 'over' ? (overSince ?? performance.now()) : undefined;
    if (readdirSync(path).includes('left')) departure = departureIn(path);
    else if (overSince !== undefined && performance.now() - overSince >= graceMs) break;
  }
  await job.look();
  const { answeredAt = null, won = [], noLinks = null } = departure ?? {};
  const computes = question && (departure?.computes ?? { type: 'untold', said: job.said });
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
    computes,
  };
}

/** Who looks for a device asks for it, and has the memory of what loads there. */
function needsOf(question: ComputeQuestion | undefined): JobNeeds | undefined {
  return question && { cpus: 1, memoryMiB: COMPUTE_MIB, gpus: question.gpus, seconds: COMPUTE_SECONDS };
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
