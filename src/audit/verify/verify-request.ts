/** `verify` from code: which states, how they are compared, and the report. */
import { existsSync } from 'node:fs';
import { defaultJobs } from '../../identity/environment/default-jobs.ts';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import type { CacheRequest } from '../../planning/request/request.ts';
import { resolveCacheDirectory } from '../../planning/request/resolve-request.ts';
import { Cache } from '../../store/cache.ts';
import { findReference } from '../../store/reference/find.ts';
import { FEWEST_SEEDS } from './over-seeds.ts';
import { sampleOf, statesOf } from './choose-states.ts';
import type { StateVerdict } from './verdict.ts';
import { type VerifyReport, verifyStates } from './verify.ts';

export interface VerifyRequest extends CacheRequest {
  /** A run (`run:3`), a node (`run:3/score`), a state or a tag; default: the latest run. */
  readonly what?: string;
  /** The share of its states that is drawn at random, above 0 and up to 1; default: all. At least one is. */
  readonly sample?: number;
  /** Units in the last place that numbers may be apart; default 0. */
  readonly ulp?: number;
  /** How much numbers may differ, as a share of the larger one; default 0. */
  readonly rtol?: number;
  /**
   * With so many other seeds is a state executed that diverged, at least 3, to see whether its numbers are of their
   * kind.
   */
  readonly seeds?: number;
  /** States at once, each in a process of its own; default: the number of cores. */
  readonly jobs?: number;
  /** Aborting ends it: the report has the verdicts so far. */
  readonly signal?: AbortSignal;
  /** Each verdict as it comes, when it is on record. */
  readonly onVerdict?: (verdict: StateVerdict) => void;
}

/** Executes recorded states again and compares. @throws UsageError, CacheError */
export async function verify(request: VerifyRequest = {}): Promise<VerifyReport> {
  const { what = 'run:latest', sample, ulp = 0, rtol = 0, seeds = 0, jobs = defaultJobs(), signal } = request;
  const { workingDirectory = process.cwd(), onVerdict = () => undefined } = request;
  check('sample', sample ?? 1, (value) => value > 0 && value <= 1, 'a share above 0 and up to 1');
  check('ulp', ulp, (value) => value >= 0, 'a number from 0 on');
  check('rtol', rtol, (value) => value >= 0, 'a number from 0 on');
  check(
    'seeds',
    seeds,
    (value) => value === 0 || isCount(value, FEWEST_SEEDS),
    `a whole number of at least ${FEWEST_SEEDS}`,
  );
  check('jobs', jobs, (value) => isCount(value, 1), 'a whole number of at least 1');
  const root = projectRoot(workingDirectory);
  if (root === undefined)
    throw new UsageError(
      `No package.json was found above ${workingDirectory}; give the folder of the project as workingDirectory: its packages are needed.`,
    );
  return Cache.using(Cache.open(resolveCacheDirectory(request)), async (cache) => {
    const isThere = (source: string): boolean => existsSync(join(root, source));
    const found = findReference(cache.query, what, { isThere });
    if (found === undefined) throw new UsageError(`Nothing in ${cache.directory} is called ${what}.`);
    const all = statesOf(cache.query, found);
    return verifyStates(cache, sample === undefined ? all : sampleOf(all, sample, Math.random), {
      root,
      tolerance: { ulp, relative: rtol },
      seeds,
      jobs,
      tell: () => undefined,
      onVerdict,
      ...(signal && { signal }),
    });
  });
}

function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function check(name: string, value: number, holds: (value: number) => boolean, wanted: string): void {
  if (!holds(value)) throw new UsageError(`The request's ${name} is ${value}; give ${wanted}.`);
}
