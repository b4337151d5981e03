/** What the branches of a study cost: by themselves, what each adds, and its fair share. */
import type { ExperimentCost } from '../../../core/statistics/fair-cost.ts';
import { formatSeconds } from '../../../ui/text/format.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

const COLUMNS = ['branch', 'alone', 'added', 'fair share', 'saved'].map((title) => ({ title }));

export function costLines({ branches, executed, alone }: ExperimentCost, { style, width }: Screen): readonly string[] {
  const rows = [...branches].map(([name, cost]) => [
    name,
    formatSeconds(cost.alone),
    formatSeconds(cost.marginal),
    formatSeconds(cost.fair),
    formatSeconds(cost.saved),
  ]);
  return [
    ...tableLines(COLUMNS, rows, width),
    ...wrapText(
      `${formatSeconds(executed)} of work in this run, the sum of the fair shares; without sharing and the cache it would have been ${formatSeconds(alone)}.`,
      width,
      2,
    ).map(style.dim),
  ];
}
