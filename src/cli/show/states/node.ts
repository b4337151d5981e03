/** What became of a node, in one line: its latest visit, and which run made the state that is shown. */
import type { Cache } from '../../../store/cache.ts';
import { type FoundNode, isOlderState } from '../../../store/reference/found.ts';
import { nodeWord } from '../../output/run-words.ts';

/** `score: up to date in run 12, made by run 3` */
export function nodeLine({ query }: Cache, found: FoundNode): string {
  const { node, latest, state, trying } = found;
  const attempt = trying === undefined ? '' : `attempt ${trying.number} in run ${trying.run} has no end on record`;
  if (latest === undefined) return `${node}: ${attempt}`;
  const maker = state === undefined ? undefined : query.attempts.get(state.attempt)?.run;
  return `${node}: ${visitWords(found, maker)}${attempt === '' ? '' : `; ${attempt}`}`;
}

function visitWords(found: FoundNode, maker: number | undefined): string {
  const latest = found.latest!;
  const isToldBelow = latest.reason === `made by run ${maker}`;
  const visit = `${outcomeOf(found)} in run ${latest.run}${isToldBelow ? '' : reasonOf(found)}`;
  if (maker === undefined) return visit;
  if (isOlderState(found)) return `${visit}; its latest state was made by run ${maker}`;
  return latest.run === maker ? visit : `${visit}, made by run ${maker}`;
}

/** `failed`, `up to date`; of a node that has been visited. */
export function outcomeOf({ latest }: FoundNode): string {
  return nodeWord(latest!);
}

/**
 * ` (param.rate 1 -> 2)`; of a node that has been visited. Empty where it says no more than the outcome: `interrupted`.
 */
export function reasonOf(found: FoundNode): string {
  const { reason } = found.latest!;
  return reason === null || reason === outcomeOf(found) ? '' : ` (${reason})`;
}
