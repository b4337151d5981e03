/** What a node waits for that could run: another process that makes its state, or others of its stage. In one clause. */
import type { NodeHeld } from '../../events.ts';
import { formatSeconds, runWord } from '../text/format.ts';
import type { NodeView } from './node-view.ts';

/** `for 3 more of higgs/train-folds, at most 12.0 s` */
export function heldWords({ stage, more, seconds }: Pick<NodeHeld, 'stage' | 'more' | 'seconds'>): string {
  return `for ${more} more of ${stage}, at most ${formatSeconds(seconds)}`;
}

/** The same, or `for run 30`. */
export function waitingWords({ held, otherRun }: NodeView): string {
  return held === null ? `for ${runWord(otherRun)}` : heldWords(held);
}
