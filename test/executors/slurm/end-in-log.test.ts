import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { SlurmSystem } from '../../../src/executors/slurm/slurm-system.ts';

test.each([
  ['slurmstepd-n1: error: StepId=4.batch exceeded memory limit (441352192 > 367001600), being killed', 'memory'],
  ['slurmstepd: error: Exceeded job memory limit', 'memory'],
  ['slurmstepd-n1: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-30T03:31:27 ***', undefined],
  ['the stage says: slurmstepd: error: Exceeded job memory limit', undefined],
  ['', undefined],
])('the last line of a log says whether a job took too much memory: %s', (line, end) => {
  expect(new SlurmSystem({ cacheDirectory: tmpdir(), options: {} }).endInLog(line)).toBe(end);
});
