/**
 * What squeue prints of the jobs of a cache. Text in columns, the same in all versions: its JSON changes from one to
 * the next, and that of 22.05 tells an unreachable controller as an empty queue.
 */
import type { JobEnd, ObservedJob } from '../batch/contract.ts';
import { isUnitName } from '../batch/units/handle.ts';

/** The columns, with their widths; the last one holds the unit's name. */
const COLUMNS = [
  ['JobID', 24],
  ['State', 24],
  ['exit_code', 12],
  ['Reason', 80],
  ['NodeList', 80],
  ['Comment', 64],
] as const;

export const QUEUE_FORMAT = COLUMNS.map(([name, width]) => `${name}:${width}`).join(',');

/** By unit. A line that is none of this table is left out: somebody may have given another job the same name. */
export function jobsIn(text: string): ReadonlyMap<string, ObservedJob> {
  const jobs = new Map<string, ObservedJob>();
  for (const line of text.split('\n')) {
    const [job, state, exit, reason, hosts, unit] = cut(line);
    if (!/^\d+$/.test(job) || state === '' || !isUnitName(unit)) continue;
    const seen = observed(job, state, exit, reason, hosts);
    const known = jobs.get(unit);
    // A controller that lost its newest jobs may have taken one twice: the one that goes on counts.
    if (known === undefined || known.state === 'ended') jobs.set(unit, seen);
  }
  return jobs;
}

function cut(line: string): readonly [string, string, string, string, string, string] {
  let at = 0;
  return COLUMNS.map(([, width]) => line.slice(at, (at += width)).trim()) as unknown as ReturnType<typeof cut>;
}

function observed(job: string, state: string, exit: string, reason: string, hosts: string): ObservedJob {
  const why = reason === '' || reason === 'None' ? null : reason;
  const host = hosts === '' ? null : hosts;
  const end = ENDS[state];
  if (end !== undefined)
    return { job, state: 'ended', end: endOf(end, reason, exit), host, said: saidOf(state, exit, why) };
  // Also while it completes: what it writes last may not be there yet.
  if (RUNNING.has(state)) return { job, state: 'running', host: host ?? 'an unknown host' };
  return { job, state: 'waiting', why };
}

const RUNNING = new Set(['RUNNING', 'COMPLETING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'STAGE_OUT', 'RESIZING']);

const ENDS: Readonly<Record<string, JobEnd>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  OUT_OF_MEMORY: 'memory',
  TIMEOUT: 'time',
  DEADLINE: 'time',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
  PREEMPTED: 'preempted',
  NODE_FAIL: 'host-lost',
  BOOT_FAIL: 'host-lost',
};

/**
 * A job that no host could start is reported as one whose program died of a signal; only the number tells them apart.
 */
function endOf(end: JobEnd, reason: string, exit: string): JobEnd {
  const number = Number(/:(\d+)$/.exec(exit)?.[1] ?? LAST_SIGNAL + 1);
  const isOfLaunch = /^(?:JobLaunchFailure|launch_failed)/i.test(reason);
  return end === 'failed' && isOfLaunch && number > LAST_SIGNAL ? 'not-started' : end;
}

const LAST_SIGNAL = 31;

function saidOf(state: string, exit: string, why: string | null): string {
  const code = exit === '' || exit === '0' || exit === '0:0' ? '' : `, exit ${exit}`;
  return `${state}${why === null || why === state ? '' : ` ${why}`}${code}`;
}
