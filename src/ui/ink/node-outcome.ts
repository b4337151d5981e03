/** What became of a node, in a few words and with their tone. */
import { plainLine } from '../text/cells.ts';
import { formatSeconds, runWord } from '../text/format.ts';
import type { NodeView } from '../model/node-view.ts';
import { waitingWords } from '../model/waiting-words.ts';
import type { Tone } from '../text/view-line.ts';

/** @param now in milliseconds, as the times of the events are */
export function outcomeOf(view: NodeView, now: number): string {
  const { phase, held, otherRun, remote, seconds, peakMiB, failure, because } = view;
  switch (phase) {
    case 'waiting':
      return `waiting ${waitingWords(view, now)}`;
    case 'queued':
      return held === null ? 'queued' : `waiting ${waitingWords(view, now)}`;
    case 'running':
      return 'running';
    case 'hit':
      if (remote !== null) return `from ${remote}`;
      return otherRun === null ? 'up to date' : `made by ${runWord(otherRun)}`;
    case 'cut-off':
      return 'unchanged: its inputs ran again, same bytes';
    case 'ran':
      return `ran in ${formatSeconds(seconds ?? 0)}${peakMiB === null ? '' : `, peak ${Math.round(peakMiB)} MiB`}`;
    case 'failed':
      return `failed: ${plainLine(failure?.message ?? '')}`;
    case 'skipped':
      return `skipped: ${because ?? 'an input'} failed`;
    case 'interrupted':
      return 'interrupted';
    case 'detached':
      return 'goes on elsewhere';
    case 'left':
      return 'left to the next run';
  }
}

export function outcomeTone({ phase }: NodeView): Tone {
  switch (phase) {
    case 'failed':
      return 'bad';
    case 'skipped':
    case 'interrupted':
    case 'detached':
    case 'left':
    case 'waiting':
      return 'warn';
    case 'queued':
    case 'running':
      return 'plain';
    case 'hit':
    case 'cut-off':
    case 'ran':
      return 'good';
  }
}
