/** Attempts on other hosts in words, for the view and for plain lines. */
import { plainLine } from '../text/cells.ts';
import type { ElsewhereNode, ElsewhereSummary } from './elsewhere-view.ts';

/** Of more reasons, the most frequent are told. */
const MOST_REASONS = 4;

/** `3 run, 12 queued elsewhere (10 Priority, 2 Resources)`; empty if nothing is elsewhere. */
export function elsewhereWords({ running, queued, unknown, queuedFor, unknownFor }: ElsewhereSummary): string {
  const counts = [
    ...(running > 0 ? [`${running} run`] : []),
    ...(queued > 0 ? [`${queued} queued`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  if (counts.length === 0) return '';
  const reasons = [...queuedFor, ...unknownFor];
  const shown = reasons
    .slice(0, MOST_REASONS)
    .map(([why, nodes]) => (reasons.length === 1 ? plainLine(why) : `${nodes} ${plainLine(why)}`));
  const rest = reasons.slice(MOST_REASONS).reduce((sum, [, nodes]) => sum + nodes, 0);
  const told = [...shown, ...(rest > 0 ? [`${rest} for other reasons`] : [])];
  return `${counts.join(', ')} elsewhere${told.length === 0 ? '' : ` (${told.join(', ')})`}`;
}

/** `job 17 on n1`, `job 17: Priority`, `job 17: Slurm does not answer`. */
export function placeWords({ note, why, state }: Pick<ElsewhereNode, 'note' | 'why' | 'state'>): string {
  if (note === null) return why ?? state;
  return why === null ? note : `${note}: ${why}`;
}
