/** What becomes of jobs when the run ends that has submitted them. */
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ExecutorEvent } from '../../../src/executors/contract.ts';
import { BatchBench } from './batch-bench.ts';
import { Job } from './scripted-system.ts';

type Submitted = ExecutorEvent & { readonly type: 'submitted' };

let bench: BatchBench;
afterEach(() => bench.executor.leave());

describe('a run that ends', () => {
  test('cancels its jobs when it is closed, and leaves them when it leaves', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    await bench.submitted();
    await bench.executor.leave();
    expect(bench.system.cancelled).toEqual([]);
    const { handle } = bench.events.find((event) => event.type === 'submitted')!;
    const next = bench.open();
    next.reattach(bench.task('again'), handle);
    await bench.looks(2);
    await next.close();
    expect(bench.system.cancelled).toEqual(['1']);
    expect(await bench.ended('again')).toMatchObject({ failure: { class: 'cancelled' } });
  });

  test('does not cancel a job of an earlier one that has other tasks too', async () => {
    bench = new BatchBench();
    const resources = { needs: { cpus: 1, memoryMiB: null, gpus: 0 }, seconds: 1, options: {} };
    for (let i = 0; i < 16; i++) bench.executor.submit(bench.task(String(i), { stage: 's', resources }));
    await bench.submitted(8);
    await bench.executor.leave();
    const { handle } = bench.events.find((event) => event.type === 'submitted' && event.task === '0')! as Submitted;
    const next = bench.open();
    next.reattach(bench.task('again'), handle);
    await bench.looks(2);
    await next.close();
    expect(await bench.ended('again')).toMatchObject({ failure: { class: 'cancelled' } });
    expect(bench.system.cancelled).toEqual([]);
    const job = new Job(bench.system.requests[0]!);
    expect([job.has('0.cancelled'), job.has('1.cancelled')]).toEqual([true, false]);
  });

  test('finds what an earlier one has submitted under the handle, and nothing where nothing is left', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    const job = await bench.submitted();
    await bench.executor.leave();
    job.begin(0);
    job.succeed(0);
    const { handle } = bench.events.find((event) => event.type === 'submitted')!;
    const next = bench.open();
    next.reattach(bench.task('again'), handle);
    next.reattach(bench.task('gone'), { unit: '00000000000000ff', member: 0 });
    next.reattach(bench.task('other'), { pid: 5 });
    expect(await bench.ended('again')).toMatchObject({ type: 'succeeded', task: 'again' });
    expect(bench.events.filter(({ type }) => type === 'gone').map(({ task }) => task)).toEqual(['gone', 'other']);
    expect(bench.system.requests).toHaveLength(1);
  });

  test('ends hundreds of tasks by and by, of which a system that does not answer has none', async () => {
    bench = new BatchBench();
    const resources = { needs: { cpus: 1, memoryMiB: null, gpus: 0 }, seconds: 1, options: {} };
    for (let i = 0; i < 500; i++) bench.executor.submit(bench.task(String(i), { stage: 's', resources }));
    await bench.submitted(8);
    bench.system.jobs = undefined;
    const counts: number[] = [];
    const counting = setInterval(() => counts.push(bench.events.filter(({ type }) => type === 'failed').length), 1);
    onTestFinished(() => clearInterval(counting));
    await bench.executor.close();
    const ended = bench.events.filter((event) => event.type === 'failed');
    expect(new Set(ended.map(({ task }) => task)).size).toBe(500);
    expect(new Set(ended.map(({ failure }) => failure.class))).toEqual(new Set(['cancelled']));
    // Some had ended while others had not.
    expect(counts.some((count) => count > 0 && count < 500)).toBe(true);
  });

  test('ends though the system does not answer', async () => {
    bench = new BatchBench();
    bench.executor.submit(bench.task('a'));
    await bench.submitted();
    bench.system.jobs = undefined;
    await bench.executor.close();
    expect(await bench.ended('a')).toMatchObject({ failure: { class: 'cancelled' } });
  });
});
