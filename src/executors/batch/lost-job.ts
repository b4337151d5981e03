/** From how a job ended to what that means for a task of it that left no result. */
import type { Failure } from '../../events.ts';
import { failure } from '../attempt/failure.ts';
import { unreachable } from '../../errors.ts';
import type { JobEnd } from './contract.ts';

export interface LostJob {
  readonly end: JobEnd | 'vanished';
  readonly host: string | null;
  /** The system's words. */
  readonly said: string;
  /** Such as `Slurm job 17 on n1`. */
  readonly job: string;
  /** The last line of the job's log; empty without one. */
  readonly lastLine: string;
}

/**
 * Whether another job may do what this one did not begin. It would fare no better where somebody cancelled this one,
 * where no host could start it, or where it failed before it began any task.
 */
export function mayGoElsewhere({ end }: LostJob, hasBegunAny: boolean): boolean {
  return end === 'failed' ? hasBegunAny : end !== 'cancelled' && end !== 'not-started';
}

export function failureOfLost(node: string, lost: LostJob): Failure {
  const { end, said, job, lastLine } = lost;
  const told = lastLine === '' ? '' : ` Its log ends with: ${lastLine}`;
  switch (end) {
    case 'memory':
      return failure('oom', `Node ${node} took more memory than ${job} had (${said}); give it more with memoryMiB.`);
    case 'time':
      return failure('timeout', `Node ${node} was stopped at the time limit of ${job} (${said}).`);
    case 'cancelled':
      return failure('cancelled', `${job}, which executed node ${node}, was cancelled from outside (${said}).`);
    case 'preempted':
      return failure('lost', `${job}, which executed node ${node}, was preempted (${said}).`);
    case 'host-lost':
      return failure('lost', `The host of ${job}, which executed node ${node}, failed (${said}).`);
    case 'vanished':
      return failure('lost', `${job}, which executed node ${node}, left no result, and ${said}.`);
    case 'not-started':
      return failure(
        'crash',
        `${job} for node ${node} could not be started (${said}); "restage doctor --executor" tells whether hosts see the cache's directory.${told}`,
      );
    case 'completed':
    case 'failed':
      return failure('crash', `${job} ended before it gave a result of node ${node} (${said}).${told}`);
    default:
      return unreachable(end);
  }
}
