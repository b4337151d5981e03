/** Part of the contract of executors: logs, metrics and progress. */
import { expect, test } from 'vitest';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testReports({ bench, executor }: ExecutorUnderTest): void {
  test('passes on logs and metrics, in the order in which the stage gave them', async () => {
    const task = bench.stageTask(`{ async run({ log, metric }) {
      for (let i = 0; i < 100; i++) {
        log('line ' + i);
        console.log('out', i);
        console.error('err ' + i);
        metric('loss', i / 2, i);
        if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      metric('final', -1);
      for (const value of [NaN, Infinity, -Infinity]) metric('diverged', value);
      return { out: 1 };
    } }`);
    await bench.succeed(executor, task);
    const said = bench.events.flatMap((event): readonly unknown[] =>
      event.type === 'log'
        ? [`${event.stream}: ${event.text}`]
        : event.type === 'metric'
          ? [[event.name, event.value, event.step]]
          : [],
    );
    const expected: readonly unknown[] = Array.from({ length: 100 }, (_, i) => [
      `log: line ${i}`,
      `stdout: out ${i}`,
      `stderr: err ${i}`,
      ['loss', i / 2, i],
    ]).flat();
    expect(said).toEqual([
      ...expected,
      ['final', -1, null],
      ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => ['diverged', value, null]),
    ]);
  });

  test('passes on some of the progress events, and always the last one', async () => {
    const task = bench.stageTask(`{ run({ progress }) {
      for (let i = 1; i <= 100000; i++) progress(i, 100000, 'step ' + i);
      return { out: 1 };
    } }`);
    const { usage } = await bench.succeed(executor, task);
    const seen = bench.of('progress', task);
    expect(seen[0]).toMatchObject({ done: 1, total: 100000, note: 'step 1' });
    expect(seen.at(-1)).toMatchObject({ done: 100000, note: 'step 100000' });
    expect(seen.length).toBeLessThanOrEqual(3 + (usage.endedAt - usage.startedAt) / 100);
    expect(bench.events.at(-1)?.type).toBe('succeeded');
  });
}
