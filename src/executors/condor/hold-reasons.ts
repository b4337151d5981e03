/**
 * What it means for a job that HTCondor puts it on hold or removes it, by its codes and, for policies of a site, its
 * words.
 */
import type { JobEnd } from '../batch/contract.ts';

/** `paused`: a person has put it on hold, and may release it. */
export function endOfHold(code: number, subcode: number, reason: string): JobEnd | 'paused' {
  if (PAUSES.has(code)) return 'paused';
  if (NOT_STARTED.has(code)) return 'not-started';
  if (DURATIONS.has(code)) return 'time';
  if (code === OUT_OF_RESOURCES) return subcode === OF_DISK ? 'failed' : 'memory';
  return POLICIES.has(code) ? (limitIn(reason) ?? 'failed') : 'failed';
}

/** Of a job that was taken out of the queue. */
export function endOfRemoval(reason: string): JobEnd {
  return /periodic_?remove/i.test(reason) ? (limitIn(reason) ?? 'cancelled') : 'cancelled';
}

/** Whether the job's own expression has removed it: then it had ended before, in another way. */
export function isOwnRemoval(reason: string): boolean {
  return /^The job attribute PeriodicRemove /.test(reason);
}

/** By condor_hold, or by the description with which it was submitted. */
const PAUSES = new Set([1, 15, 16]);
/** Neither its program nor its files could be opened, or a hook of its host failed. */
const NOT_STARTED = new Set([6, 7, 8, 9, 10, 14, 19, 22, 23, 24, 35, 45, 48]);
const DURATIONS = new Set([46, 47]);
const OUT_OF_RESOURCES = 34;
const OF_DISK = 104;
/** Of the job, of its host and of the pool: the reason is in the words of whoever has written them. */
const POLICIES = new Set([3, 21, 26]);

function limitIn(reason: string): JobEnd | undefined {
  if (/memory|\brss\b|image ?size/i.test(reason)) return 'memory';
  return /\b(?:run|wall|execution|cpu)[ -]?(?:clock)?[ -]?time|duration|time limit|too long/i.test(reason)
    ? 'time'
    : undefined;
}
