/**
 * Stages that harm their worker's pipes or flood its log: only their own attempts fail, and nothing of their parent.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type * as Built from '../../../src/executors/worker/worker-executor.ts';
import { ExecutorBench } from '../../contracts/executor-bench.ts';
import { testHostileStages } from '../../contracts/hostile-stages.ts';
import { testReplacedFunctions } from '../../contracts/replaced-functions.ts';
import { builtModule } from '../../helpers/built.ts';
import { WorkerBench } from './worker-bench.ts';

const { WorkerExecutor } = (await import(builtModule('executors/worker/worker-executor.ts'))) as typeof Built;

testHostileStages(
  'worker',
  (parts) => new WorkerExecutor({ ...parts, projectRoot: parts.cacheDirectory, workers: 2 }),
  builtModule,
);

testReplacedFunctions(
  'worker',
  5,
  (parts) => new WorkerExecutor({ ...parts, projectRoot: parts.cacheDirectory, workers: 1 }),
  builtModule,
);

describe('a stage', () => {
  const bench = new WorkerBench();
  // One for all: a worker that a stage has harmed is replaced, and the next test begins with what replaced it.
  const executor = bench.open();
  beforeEach(() => {
    bench.forget();
  });
  afterAll(() => bench.close());

  test('finds no channel to a parent, as in a process that a shell has started', async () => {
    const task = bench.stageTask(
      `{ run() {
        process.send?.('ready');
        process.send?.({ type: 'ended', task: 'its-own' });
        return { out: [typeof process.send, typeof process.disconnect, process.connected ?? null, process.channel ?? null] };
      } }`,
      { id: 'its-own' },
    );
    const { outputs } = await bench.succeed(executor, task);
    expect(bench.value(outputs[0]!)).toEqual(['undefined', 'undefined', null, null]);
  });

  test.each([
    ['no frame', "Buffer.from('hello, parent\\n')"],
    ['an end with an outcome of its own', "frame({ type: 'ended', task: 'its-own', outcome: { type: 'succeeded' } })"],
  ])('that writes %s to the pipe of its messages fails alone, and its process is not used again', async (_, bytes) => {
    const module = bench.module(
      `{ async run() {
        writeFileSync(3, ${bytes});
        await new Promise(() => {});
      } }`,
      `import { serialize } from 'node:v8';
       const frame = (value) => { const body = serialize(value); const head = Buffer.alloc(5); head.writeUInt32LE(body.length); return Buffer.concat([head, body]); };`,
    );
    const failure = await bench.fail(executor, bench.task(module, { id: 'its-own' }));
    expect(failure).toMatchObject({ class: 'crash', signal: 'SIGKILL' });
    expect(failure.message).toMatch(
      /^The worker process sent something that is not a message of restage while running node some-node \(.+\), and was ended; a stage must not write to file descriptors that it did not open\.$/,
    );
    await bench.succeed(executor, bench.stageTask('{ run: () => ({ out: 1 }) }'));
  });

  test.each([
    ['the pipe of its messages', 'closeSync(3)'],
    ['the pipe of its tasks', 'closeSync(4)'],
    ['a pipe, and opens a file in its place,', "closeSync(3); openSync('/dev/null', 'w')"],
  ])('that closes %s fails alone', async (_, close) => {
    const run = `async run({ log }) { ${close}; await new Promise((resolve) => setTimeout(resolve, 200)); log('x'); return { out: 1 }; }`;
    const task = bench.task(bench.module(`{ ${run} }`, "import { closeSync, openSync } from 'node:fs';"), {
      timeoutSeconds: 20,
    });
    executor.submit(task);
    expect(await bench.ended(task)).toMatchObject({ type: 'failed', failure: { class: 'crash' } });
    await bench.succeed(executor, bench.stageTask('{ run: () => ({ out: 1 }) }'));
  });

  test('that prints without end is slowed down: its process does not keep what its parent has not read', async () => {
    const task = bench.stageTask(`{ run() {
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 20_000; i++) console.log('line ' + i + ' of many that nobody waits for' + '.'.repeat(4000));
      return { out: Math.round((process.memoryUsage.rss() - before) / 2 ** 20) };
    } }`);
    const { outputs } = await bench.succeed(executor, task);
    expect(bench.of('log', task)).toHaveLength(20_000);
    // All of them are 80 MB.
    expect(bench.value(outputs[0]!)).toBeLessThan(60);
  });
});

// Longer than the patience with a worker that starts. The shells of a terminal stop all processes of a job.
test.concurrent.each([
  ['restage and its workers', -1],
  ['restage alone', 1],
])('%s may be stopped while a worker starts, and go on later', async (_, sign) => {
  const bench = new ExecutorBench(builtModule);
  const script = join(bench.directory, 'parent.mjs');
  const module = pathToFileURL(builtModule('executors/worker/worker-executor.ts')).href;
  const task = bench.stageTask('{ run: () => ({ out: 1 }) }', { timeoutSeconds: 3 });
  writeFileSync(
    script,
    `import { WorkerExecutor } from ${JSON.stringify(module)};
     const executor = new WorkerExecutor({ cacheDirectory: ${JSON.stringify(bench.cacheDirectory)}, projectRoot: '.', workers: 1,
       startTimeoutMs: 4000, onEvent: ({ type, failure }) => {
         if (type === 'succeeded' || type === 'failed') { console.log(type, failure?.message ?? ''); executor.close(); }
       } });
     executor.submit(${JSON.stringify(task)});
     setImmediate(() => console.log('submitted'));`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let said = '';
  const ended = once(parent, 'close');
  await new Promise<void>((resolve) => {
    parent.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('submitted')) resolve();
    });
  });
  process.kill(sign * parent.pid!, 'SIGSTOP');
  await sleep(5000);
  process.kill(sign * parent.pid!, 'SIGCONT');
  await ended;
  expect(said).toBe('submitted\nsucceeded \n');
  bench.remove();
});
