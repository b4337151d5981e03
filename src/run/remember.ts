/** Remembers the plan of a run for later ones: loaded only where there is something new to remember. */
import type { PreparedRun } from '../planning/plan/prepared-run.ts';
import type { StateAfter } from '../planning/plan/remember-plan.ts';
import type { RunFrame } from './frame.ts';

export async function remember(
  { cache, request }: Pick<RunFrame, 'cache' | 'request'>,
  prepared: PreparedRun,
  stateAfter?: StateAfter,
): Promise<void> {
  const { rememberPlan } = await import('../planning/plan/remember-plan.ts');
  rememberPlan(cache, request, prepared, stateAfter);
}
