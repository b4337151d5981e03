/**
 * What a node waits for that could run: another process that makes its state, or others of its stage. In one clause.
 */
import type { NodeHeld } from '../../events.ts';
import { formatSeconds, runWord } from '../text/format.ts';
import type { NodeView } from './node-view.ts';

/** `for 3 more of higgs/train-folds, at most 12.0 s` */
export function heldWords({ stage, more, seconds }: Pick<NodeHeld, 'stage' | 'more' | 'seconds'>): string {
  return `for ${more} more of ${stage}, at most ${formatSeconds(seconds)}`;
}

/**
 * The same with the seconds that are left, or `for run 30`. @param now in milliseconds, as the times of the events are
 */
export function waitingWords({ held, otherRun }: NodeView, now: number): string {
  return held === null ? `for ${runWord(otherRun)}` : heldWords({ ...held, seconds: (held.until - now) / 1000 });
}
