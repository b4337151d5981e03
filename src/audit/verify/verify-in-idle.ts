/** What `run --in-idle` does: it opens the verification of a run's hits on idle slots. */
import type { OpenIdleWork } from '../../execution/scheduling/idle-work.ts';
import { IdleVerifier } from './idle-verifier.ts';
import type { StateVerdict } from './verdict.ts';
import { Verification } from './verification.ts';

/** A slot is wanted back at once: a stage that is cancelled has no time to obey. */
const GRACEFUL_MS = 50;

/**
 * @param share with this probability a hit is verified
 * @param summary what a person reads of the verdicts
 */
export function verifyInIdle(share: number, summary: (verdicts: readonly StateVerdict[]) => string): OpenIdleWork {
  return async (cache, root) => {
    const verification = await Verification.open(cache, {
      root,
      tolerance: { ulp: 0, relative: 0 },
      ...{ seeds: 0, jobs: 1, gracefulMs: GRACEFUL_MS, tell: () => undefined },
    });
    return new IdleVerifier(cache, {
      share,
      random: Math.random,
      open: () => verification.verifier(),
      keep: (verdict) => verification.keep(verdict),
      summary,
    });
  };
}
