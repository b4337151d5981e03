/** How a report writes outcomes, times, digests and numbers. */
import type { VisitOutcome } from '../../events.ts';
import { formatMeasurement, formatNumber } from '../../ui/text/format.ts';
import { type Html, markup } from './html.ts';

export const OUTCOMES: readonly VisitOutcome[] = ['failed', 'ran', 'cut-off', 'hit', 'skipped'];

const OUTCOME_WORDS: Readonly<Record<VisitOutcome, string>> = {
  hit: 'up to date',
  'cut-off': 'unchanged',
  ran: 'ran',
  failed: 'failed',
  skipped: 'skipped',
};

export function outcomeWord(outcome: VisitOutcome): string {
  return OUTCOME_WORDS[outcome];
}

/**
 * A coloured word, with a count before it if one is given; the style puts a sign before it, so that nothing depends on
 * colours.
 * @param to the part of the page that it links to
 */
export function outcomeChip(outcome: VisitOutcome, count?: number, to?: string): Html {
  const words = `${count === undefined ? '' : `${count} `}${OUTCOME_WORDS[outcome]}`;
  return to === undefined
    ? markup`<span class="chip o-${outcome}">${words}</span>`
    : markup`<a class="chip o-${outcome}" href="#${to}">${words}</a>`;
}

/** @param to the part of the page that they link to */
export function countChips(counts: Readonly<Partial<Record<VisitOutcome, number>>>, to?: string): readonly Html[] {
  const all = OUTCOMES.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);
  return OUTCOMES.flatMap((outcome) => {
    const count = counts[outcome] ?? 0;
    return count === 0 ? [] : [markup`${outcomeChip(outcome, all === 1 ? undefined : count, to)} `];
  });
}

/** The first digits, enough to ask restage about it. */
export function digestWord(digest: string): Html {
  return markup`<code class="digest" title="${digest}">${digest.slice(0, 12)}</code>`;
}

/** In UTC, so that a report is the same wherever it is written. */
export function timeWord(at: number): Html {
  const iso = new Date(at).toISOString();
  return markup`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

export function numberWord(value: number, error: number | null = null): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  return error === null ? formatNumber(value) : formatMeasurement(value, error);
}

/** A path such as `score.validation.rocAuc`, that may be broken between its words. */
export function pathWord(path: string): Html {
  return markup`${path.split(/(?<=\.)|(?<=[a-z])(?=[A-Z])/).map((word, n) => (n === 0 ? word : markup`<wbr>${word}`))}`;
}
