/** Part of the contract of executors: attempts that are cancelled, take too long, or are closed. */
import { describe, expect, test } from 'vitest';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testEndingEarly({ bench, executor, create, parts }: ExecutorUnderTest): void {
  describe('ends a task early', () => {
    const listening = `{ run: ({ log, signal }) => new Promise((resolve, reject) => {
      log('running');
      signal.addEventListener('abort', () => { log('aborted'); reject(signal.reason); });
    }) }`;

    test('when it is cancelled: its signal informs the stage', async () => {
      const task = bench.stageTask(listening);
      executor.submit(task);
      await bench.logged(task, 'running');
      executor.cancel(task.id);
      executor.cancel(task.id);
      const event = await bench.ended(task);
      expect(event).toMatchObject({
        failure: { class: 'cancelled', message: 'Node some-node was cancelled.', stack: null },
      });
      expect(bench.of('log', task).map(({ text }) => text)).toEqual(['running', 'aborted']);
    });

    test('when its timeout is over', async () => {
      const failure = await bench.fail(executor, bench.stageTask(listening, { timeoutSeconds: 0.01 }));
      expect(failure).toMatchObject({
        class: 'timeout',
        message: 'Node some-node ran longer than its timeout of 0.01 s.',
        stack: null,
      });
    });

    test('whatever the stage does next: a result after the abort does not count', async () => {
      const task = bench.stageTask(
        "{ run: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ out: 1 }))) }",
        { timeoutSeconds: 0.01 },
      );
      expect(await bench.fail(executor, task)).toMatchObject({ class: 'timeout' });
    });

    test('even if the stage ignores its signal; the next task is not affected', async () => {
      const impatient = create({ ...parts, gracefulMs: 1 });
      const task = bench.stageTask(
        "{ run: ({ log }) => { log('running'); return new Promise((resolve) => { setTimeout(resolve, 1e9); }); } }",
      );
      impatient.submit(task);
      await bench.logged(task, 'running');
      impatient.cancel(task.id);
      expect(await bench.ended(task)).toMatchObject({ type: 'failed', failure: { class: 'cancelled' } });
      await bench.succeed(impatient, bench.stageTask('{ run: () => ({ out: 1 }) }'));
      await impatient.close();
    });

    test('before it began; cancelling an unknown task is not an error', async () => {
      const blockers = Array.from({ length: 4 }, () => bench.stageTask(listening));
      const waiting = bench.stageTask('{ run: ({ log }) => { log("must not run"); return { out: 1 }; } }');
      for (const task of [...blockers, waiting]) executor.submit(task);
      executor.cancel('nobody');
      executor.cancel(waiting.id);
      expect(await bench.ended(waiting)).toMatchObject({ failure: { class: 'cancelled' } });
      expect(bench.of('started', waiting)).toEqual([]);
      for (const task of blockers) executor.cancel(task.id);
      await Promise.all(blockers.map((task) => bench.ended(task)));
    });

    test('when the executor is closed; every task has one end, and later ones are refused', async () => {
      const closing = create({ ...parts, gracefulMs: 60_000 });
      const tasks = Array.from({ length: 8 }, () => bench.stageTask(listening));
      for (const task of tasks) closing.submit(task);
      await bench.logged(tasks[0]!, 'running');
      await closing.close();
      const late = bench.stageTask(listening);
      expect(await bench.fail(closing, late)).toMatchObject({ class: 'cancelled' });
      for (const task of [...tasks, late]) expect(bench.of('failed', task)).toHaveLength(1);
    });
  });
}
