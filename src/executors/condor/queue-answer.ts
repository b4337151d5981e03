/** What condor_q prints of the jobs of a cache: an attribute after the other, with tabs between them. */
import type { ObservedJob } from '../batch/contract.ts';
import { isUnitName } from '../batch/units/handle.ts';
import { endOfHold } from './hold-reasons.ts';
import { UNIT } from './submit-description.ts';

/** The reason is last, since it may have tabs of its own. */
export const QUEUE_ATTRIBUTES = [
  ...[
    UNIT,
    'ClusterId',
    'JobStatus',
    'NumJobStarts',
    'HoldReasonCode',
    'HoldReasonSubCode',
    'RemoteHost',
    'HoldReason',
  ],
] as const;

/** By unit. A line that is none of this form is left out. */
export function jobsInQueue(text: string): ReadonlyMap<string, ObservedJob> {
  const jobs = new Map<string, ObservedJob>();
  for (const line of text.split('\n')) {
    const [unit = '', job = '', status = '', starts = '', code = '', subcode = '', remote = '', ...reason] =
      line.split('\t');
    if (!isUnitName(unit) || !/^\d+$/.test(job)) continue;
    const host = /@?([^@]+)$/.exec(known(remote) ?? '')?.[1] ?? null;
    const hold = { code: Number(code), subcode: Number(known(subcode) ?? 0), reason: reason.join('\t').trim() };
    jobs.set(unit, stateOf(job, Number(status), Number(starts) > 0, host, hold));
  }
  return jobs;
}

interface Hold {
  readonly code: number;
  readonly subcode: number;
  readonly reason: string;
}

function stateOf(job: string, status: number, hasStarted: boolean, host: string | null, hold: Hold): ObservedJob {
  switch (status) {
    case RUNNING:
    case TRANSFERRING_OUTPUT:
    case SUSPENDED:
      return { job, state: 'running', host: host ?? 'an unknown host' };
    case REMOVED:
      return { job, state: 'ended', end: 'cancelled', host, said: 'it was removed from the queue' };
    case COMPLETED:
      return { job, state: 'ended', end: 'completed', host, said: 'it has completed' };
    case HELD: {
      const end = endOfHold(hold.code, hold.subcode, hold.reason);
      const said = `Job was held: ${hold.reason}`;
      if (end === 'paused' && !hasStarted) return { job, state: 'waiting', why: said };
      return { job, state: 'ended', end: end === 'paused' ? 'cancelled' : end, host, said };
    }
    default:
      return hasStarted
        ? { job, state: 'ended', end: 'preempted', host, said: 'it was evicted' }
        : { job, state: 'waiting', why: null };
  }
}

/** HTCondor's numbers of the states of a job; all others wait. */
const RUNNING = 2;
const REMOVED = 3;
const COMPLETED = 4;
const HELD = 5;
const TRANSFERRING_OUTPUT = 6;
const SUSPENDED = 7;

function known(value: string): string | undefined {
  return value === 'undefined' || value === '' ? undefined : value;
}
