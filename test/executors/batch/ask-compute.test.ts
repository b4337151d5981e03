/** What is said where a job was to look for what computes on its host, and did not answer. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { askCompute } from '../../../src/executors/batch/probe/ask-compute.ts';
import type { JobRequest } from '../../../src/executors/batch/contract.ts';
import type { Compute } from '../../../src/identity/compute/compute.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { ScriptedSystem } from './scripted-system.ts';

let system: ScriptedSystem;
const leftBehind: string[] = [];
beforeEach(() => {
  system = new ScriptedSystem();
  leftBehind.length = 0;
});

function asked(): Promise<Compute> {
  const cacheDirectory = temporaryDirectory();
  const question = { backend: 'auto', device: 'gpu', projectRoot: cacheDirectory, gpus: 1 };
  const paces = { graceMs: 20, cancelMs: 20 };
  const onLeftBehind = (job: string): void => void leftBehind.push(job);
  return askCompute({
    ...{ system, executor: 'slurm', cacheDirectory, question, options: {} },
    ...paces,
    onLeftBehind,
  });
}

const submitted = (): Promise<JobRequest> => vi.waitFor(() => system.requests[0]!);

function arrive({ directory, unit }: JobRequest): void {
  writeFileSync(join(directory, 'arrived'), JSON.stringify({ host: 'n1', asked: unit, at: 0 }));
}

describe('a job that was to look', () => {
  test('is named where it cannot be ended, also when it has said everything', async () => {
    system.cancel = () => Promise.resolve();
    const answer = asked();
    const request = await submitted();
    const computes = { type: 'none', why: 'There is no GPU here.' };
    writeFileSync(join(request.directory, 'left'), JSON.stringify({ answeredAt: 0, won: [], noLinks: null, computes }));
    arrive(request);
    await expect(answer).rejects.toThrow('Job 1 of Batch looked for what computes on n1, and found nothing');
    expect(leftBehind).toEqual(['1']);
  });

  test('is named where it cannot be ended, and runs another Node', async () => {
    system.cancel = () => Promise.resolve();
    const answer = asked();
    const { directory } = await submitted();
    writeFileSync(join(directory, 'node'), 'n1\nv1.0.0\n\n\n');
    await expect(answer).rejects.toThrow('n1 has no Node like the one here');
    expect(leftBehind).toEqual(['1']);
  });

  test('is not named where it ends', async () => {
    const answer = asked();
    system.end((await submitted()).unit, 'failed');
    await expect(answer).rejects.toThrow('nothing that the job wrote can be seen here (failed)');
    expect(leftBehind).toEqual([]);
  });

  test('is quoted with its state and the end of its log where it ends before it has told', async () => {
    const answer = asked();
    const request = await submitted();
    writeFileSync(join(request.directory, 'job.log'), 'restage\nSegmentation fault\n');
    arrive(request);
    system.end(request.unit, 'failed');
    await expect(answer).rejects.toThrow(
      'Nobody knows what computes on the hosts of Batch: the job on n1 did not tell it (failed; its log ends with: Segmentation fault); see what is wrong with: restage doctor --executor slurm',
    );
  });

  test('is said to run where it has not told in all of its time', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let passing: NodeJS.Timeout | undefined;
    try {
      const answer = asked();
      arrive(await submitted());
      passing = setInterval(() => vi.advanceTimersByTime(10_000), 5);
      await expect(answer).rejects.toThrow('the job on n1 did not tell it (it runs)');
    } finally {
      clearInterval(passing);
      vi.useRealTimers();
    }
  });
});
