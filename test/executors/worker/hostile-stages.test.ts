/** Stages that harm their worker's pipes or flood its log: only their own attempts fail, and nothing of their parent. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type * as Built from '../../../src/executors/worker/worker-executor.ts';
import { ExecutorBench } from '../../contracts/executor-contract.ts';
import { testHostileStages } from '../../contracts/hostile-stages.ts';
import { builtModule } from '../../helpers/built.ts';

const { WorkerExecutor } = (await import(builtModule('executors/worker/worker-executor.ts'))) as typeof Built;

testHostileStages(
  'worker',
  (parts) => new WorkerExecutor({ ...parts, projectRoot: parts.cacheDirectory, workers: 2 }),
  builtModule,
);

describe('a stage', () => {
  let bench: ExecutorBench;
  let executor: Built.WorkerExecutor;
  beforeEach(() => {
    bench = new ExecutorBench(builtModule);
    const { cacheDirectory, onEvent } = bench;
    executor = new WorkerExecutor({ cacheDirectory, projectRoot: cacheDirectory, onEvent, workers: 1 });
  });
  afterEach(async () => {
    await executor.close();
    bench.remove();
  });

  test('finds no channel to a parent, as in a process that a shell has started', async () => {
    const task = bench.stageTask(`{ run() {
      process.send?.('ready');
      process.send?.({ type: 'ended', task: 'task-0' });
      return { out: [typeof process.send, typeof process.disconnect, process.connected ?? null, process.channel ?? null] };
    } }`);
    const { outputs } = await bench.succeed(executor, task);
    expect(bench.value(outputs[0]!)).toEqual(['undefined', 'undefined', null, null]);
  });

  test.each([
    ['no frame', "Buffer.from('hello, parent\\n')"],
    ['a frame of another kind of message', "frame({ type: 'takeover' })"],
    ['a frame without a value', 'Buffer.from([1, 0, 0, 0, 0, 99])'],
    ['an end with an outcome of its own', "frame({ type: 'ended', task: 'task-0', outcome: { type: 'succeeded' } })"],
    [
      'an event of its task',
      "frame({ type: 'event', event: { type: 'metric', task: 'task-0', at: 1, name: {}, value: 1, step: null } })",
    ],
  ])('that writes %s to the pipe of its messages fails alone, and its process is not used again', async (_, bytes) => {
    const module = bench.module(
      `{ async run() {
        writeFileSync(3, ${bytes});
        await new Promise(() => {});
      } }`,
      `import { serialize } from 'node:v8';
       const frame = (value) => { const body = serialize(value); const head = Buffer.alloc(5); head.writeUInt32LE(body.length); return Buffer.concat([head, body]); };`,
    );
    const failure = await bench.fail(executor, bench.task(module));
    expect(failure).toMatchObject({ class: 'crash', signal: 'SIGKILL' });
    expect(failure.message).toMatch(
      /^The worker process wrote what is no message of restage to its parent while running node some-node \(.+\), and was ended; a stage must leave the file descriptors that it did not open alone\.$/,
    );
    await bench.succeed(executor, bench.stageTask('{ run: () => ({ out: 1 }) }'));
  });

  test('that prints without end is slowed down: its process does not keep what its parent has not read', async () => {
    const task = bench.stageTask(`{ run() {
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 200_000; i++) console.log('line ' + i + ' of many that nobody waits for');
      return { out: Math.round((process.memoryUsage.rss() - before) / 2 ** 20) };
    } }`);
    const { outputs } = await bench.succeed(executor, task);
    expect(bench.of('log', task)).toHaveLength(200_000);
    expect(bench.value(outputs[0]!)).toBeLessThan(150);
  });
});
