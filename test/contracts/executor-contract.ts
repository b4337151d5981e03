/** The contract of every executor as one test suite. Its parts, by subject, are in `executor/`. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Executor } from '../../src/executors/contract.ts';
import { testCheckpoints } from './executor/checkpoints.ts';
import { testEndingEarly } from './executor/ending-early.ts';
import { testExternalFiles } from './executor/external-files.ts';
import { testFailures } from './executor/failures.ts';
import { testInputsAndOutputs } from './executor/inputs-and-outputs.ts';
import { testReports } from './executor/reports.ts';
import { testSeparation } from './executor/separation.ts';
import { testTraces } from './executor/traces.ts';
import { ExecutorBench, type ExecutorParts, sourceModule } from './executor-bench.ts';

export function testExecutor(
  name: string,
  create: (parts: ExecutorParts) => Executor,
  resolve: (source: string) => string = sourceModule,
): void {
  describe(`the ${name} executor, as any other,`, () => {
    const bench = new ExecutorBench(resolve);
    const parts = { cacheDirectory: bench.cacheDirectory, onEvent: bench.onEvent };
    // A long grace period, so that a busy machine does not change the outcome.
    const executor = create({ ...parts, gracefulMs: 60_000 });
    beforeEach(() => {
      bench.forget();
    });
    afterAll(async () => {
      await executor.close();
      bench.remove();
    });

    test('runs a stage: reports its start first, then its outputs and its usage', async () => {
      const task = bench.stageTask('{ run: ({ params, env }) => ({ out: [params.x, env.NAME] }) }', {
        params: { x: 7 },
        env: { NAME: 'value' },
      });
      const { outputs, usage, backend } = await bench.succeed(executor, task);
      expect(outputs.map(({ name: output, bytes }) => [output, bytes])).toEqual([['out', 11]]);
      expect(bench.value(outputs[0]!)).toEqual([7, 'value']);
      expect(usage.endedAt).toBeGreaterThanOrEqual(usage.startedAt);
      expect(backend).toBeNull();
      const elsewhere = new Set<string>(['submitted', 'observed']);
      expect(bench.events.map(({ type }) => type).filter((type) => !elsewhere.has(type))).toEqual([
        'started',
        'succeeded',
      ]);
    });

    test('emits nothing before submit has returned', async () => {
      const task = bench.stageTask('{ run: () => ({ out: 1 }) }');
      executor.submit(task);
      executor.cancel(task.id);
      expect(bench.events).toEqual([]);
      await bench.ended(task);
    });

    test('says of an attempt of another process that it is gone, unless attempts outlive their process', async () => {
      if (executor.lifetime === 'detached') return;
      const task = bench.stageTask('{ run: () => ({ out: 1 }) }');
      executor.reattach(task, { job: 17 });
      expect(bench.events).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(bench.events).toEqual([{ type: 'gone', task: task.id }]);
    });

    const subject = { bench, executor, create, parts };
    testInputsAndOutputs(subject);
    testFailures(subject);
    testReports(subject);
    testSeparation(subject);
    testEndingEarly(subject);
    testExternalFiles(subject);
    testCheckpoints(subject);
    testTraces(subject);

    test('executes 300 trivial tasks, each with one end and its own result', async () => {
      const module = bench.module('{ run: ({ params }) => ({ out: params.i }) }');
      const tasks = Array.from({ length: 300 }, (_, i) => bench.task(module, { params: { i }, harmless: true }));
      for (const task of tasks) executor.submit(task);
      const ends = await Promise.all(tasks.map((task) => bench.ended(task)));
      expect(ends.map((end) => (end.type === 'succeeded' ? bench.value(end.outputs[0]!) : end.failure))).toEqual(
        tasks.map((_, i) => i),
      );
      const started = bench.events.flatMap((event) => (event.type === 'started' ? [event.task] : []));
      const ids = tasks.map(({ id }) => id);
      // Jobs on several hosts start side by side.
      if (executor.lifetime === 'detached') expect(new Set(started)).toEqual(new Set(ids));
      else expect(started).toEqual(ids);
    });
  });
}
