/** What a system reads about a job, on a disk that refuses. */
import { expect, onTestFinished, test } from 'vitest';
import { CacheError } from '../../../src/errors.ts';
import type { BatchSystem } from '../../../src/executors/batch/contract.ts';
import { CondorSystem } from '../../../src/executors/condor/condor-system.ts';
import { SlurmSystem } from '../../../src/executors/slurm/slurm-system.ts';
import { refuse } from '../../helpers/failing-disk.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const SYSTEMS: Readonly<Record<string, (directory: string) => BatchSystem>> = {
  'job.sh': (directory) => new SlurmSystem(partsOf(directory)),
  'job.sub': (directory) => new CondorSystem(partsOf(directory)),
};

/** There are no commands in it: one that was called would be missing. */
function partsOf(directory: string) {
  return { cacheDirectory: directory, options: {}, env: { PATH: directory } };
}

test.each([
  ['ENOSPC', 'job.sh'],
  ['EDQUOT', 'job.sub'],
])('a job is not asked for where %s keeps %s from being written: it is trouble of the cache', async (code, file) => {
  const directory = temporaryDirectory();
  const system = SYSTEMS[file]!(directory);
  onTestFinished(refuse('write', code, new RegExp(`/${file}$`)));
  const needs = { cpus: 1, memoryMiB: 1, gpus: 0, seconds: null };
  const request = { unit: 'u', directory, command: ['/bin/true'], needs, options: {}, avoid: [] };
  const submission = await system.submit(request);
  expect(submission).toEqual({ type: 'unwritten', error: expect.any(CacheError) as CacheError });
  expect(submission).toMatchObject({ error: { message: expect.stringContaining(`the cache ${directory}`) as string } });
});
