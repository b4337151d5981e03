/** How long an attempt took, as costs and forecasts count it: of what went together, its share. */
import type { Usage } from '../../executors/contract.ts';

export function secondsOf({ seconds, startedAt, endedAt }: Usage): number {
  return seconds ?? (endedAt - startedAt) / 1000;
}
