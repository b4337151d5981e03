/** Asks a host on which nodes will compute what computes there: by a job that goes where theirs go. */
import type { Compute } from '../../../identity/compute/compute.ts';
import { BackendError, unreachable } from '../../../errors.ts';
import type { BatchSystem } from '../contract.ts';
import { probe, type ProbeAnswer, type ProbeOptions, type ProbeOutcome } from './probe-job.ts';
import type { ComputeQuestion } from './probe-directory.ts';

export interface AskOptions extends Pick<
  ProbeOptions,
  'cacheDirectory' | 'options' | 'graceMs' | 'cancelMs' | 'signal' | 'onLeftBehind'
> {
  readonly system: BatchSystem;
  readonly executor: string;
  readonly question: ComputeQuestion;
}

/**
 * The job waits for its host as long as that takes. A job that could not be ended is told to `onLeftBehind`, whatever
 * it said.
 * @throws BackendError, as `probe` does
 */
export async function askCompute({ system, executor, question, ...options }: AskOptions): Promise<Compute> {
  const { outcome, leftBehind } = await probe({ ...options, system, question, waitMs: Number.POSITIVE_INFINITY });
  if (leftBehind !== null) options.onLeftBehind?.(leftBehind);
  const { title } = system;
  if (outcome.type === 'answered') {
    const { computes, job } = outcome;
    if (computes?.type === 'found') return computes.compute;
    if (computes?.type === 'none')
      throw new BackendError(
        `Job ${job ?? '(of an unknown number)'} of ${title} looked for what computes on ${hostOf(outcome)}, and found nothing: ${computes.why}`,
      );
  }
  throw new BackendError(
    `Nobody knows what computes on the hosts of ${title}: ${whyNot(outcome, title)}; see what is wrong with: restage doctor --executor ${executor}`,
  );
}

/** In a clause. */
function whyNot(outcome: ProbeOutcome, title: string): string {
  switch (outcome.type) {
    case 'refused':
      return `${title} refuses the job that would look (${clause(outcome.reason)})`;
    case 'busy':
      return `${title} takes no job now (${clause(outcome.reason)})`;
    case 'unanswered':
      return `${title} did not say whether it took the job that would look (${clause(outcome.reason)})`;
    case 'never-started':
      return `the job that would look never started (${outcome.why ?? 'without a reason'})`;
    case 'silent':
      return `nothing that the job wrote can be seen here (${clause(outcome.said)})`;
    case 'no-node':
      return `${outcome.found.host} has no Node like the one here`;
    case 'answered':
      return `the job on ${hostOf(outcome)} did not tell it${saidOf(outcome)}`;
    default:
      return unreachable(outcome);
  }
}

function hostOf({ place, arrival }: ProbeAnswer): string {
  return place ?? arrival.host;
}

function saidOf({ computes }: ProbeAnswer): string {
  return computes?.type === 'untold' ? ` (${clause(computes.said)})` : '';
}

function clause(words: string): string {
  return words.trim().replace(/[.\s]+$/, '');
}
