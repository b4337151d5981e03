/** How what computes differs from what a key names, in words. */
import type { BackendIdentity } from '../../core/identity/backend-identity.ts';

/** What differs, in clauses: `n2 has ${has}, and the key names ${wants}; ${advice}`. */
export interface ComputeMisfit {
  readonly has: string;
  readonly wants: string;
  readonly advice: string;
}

/** How two that should be the same differ. */
export function misfitOf(wanted: BackendIdentity, found: BackendIdentity): ComputeMisfit {
  const advice = adviceOn(wanted);
  if (found.device !== wanted.device) return { has: found.device, wants: wanted.device, advice };
  if (found.driver !== wanted.driver)
    return {
      has: `${found.device} with the driver "${found.driver}"`,
      wants: `the driver "${wanted.driver}"`,
      advice,
    };
  const isVersion = found.version !== wanted.version;
  return {
    has: isVersion ? wordsOf(found) : `other libraries of ${wordsOf(found)}`,
    wants: isVersion ? wordsOf(wanted) : 'those where the run was started',
    advice: SAME_PACKAGES,
  };
}

const SAME_PACKAGES = 'let all hosts see the same node_modules, with processors of one kind';

export function adviceOn({ driver }: BackendIdentity): string {
  return driver === ''
    ? SAME_PACKAGES
    : 'have its jobs start on hosts of one model and driver, such as by a partition or a constraint';
}

export function wordsOf({ name, version }: Pick<BackendIdentity, 'name' | 'version'>): string {
  return `${name} ${version}`;
}
