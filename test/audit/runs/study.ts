/** A project with the study of test/e2e/fixtures, and its record opened for questions. */
import { RunValuesReader } from '../../../src/audit/runs/run-values.ts';
import type { RunWorld } from '../../../src/audit/runs/select-runs.ts';
import type { Cache } from '../../../src/store/cache.ts';
import type { RunRecord } from '../../../src/store/query/runs.ts';
import { type InProcessProject, makeInProcessProject } from '../../helpers/in-process-project.ts';
import { openCache } from '../../store/open-cache.ts';

/** Runs it once for each list of words. */
export async function study(...runs: readonly (readonly string[])[]): Promise<InProcessProject> {
  const project = makeInProcessProject('study');
  for (const words of runs) {
    const { code, stderr } = await project.run(words);
    // A stage that fails is part of some studies; a wrong command line is not.
    if (code !== 0 && code !== 1) throw new Error(stderr);
  }
  return project;
}

export interface Record {
  readonly cache: Cache;
  readonly world: RunWorld;
  readonly run: (id: number) => RunRecord;
  readonly runs: (...ids: readonly number[]) => readonly RunRecord[];
}

/** Closed when the test has ended. */
export function recordOf(project: InProcessProject): Record {
  const cache = openCache(project.cache);
  const world = { query: cache.query, values: new RunValuesReader(cache), now: Date.now() };
  const run = (id: number): RunRecord => cache.query.runs.get(id)!;
  return { cache, world, run, runs: (...ids) => ids.map(run) };
}
