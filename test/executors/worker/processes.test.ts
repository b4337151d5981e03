/** When worker processes start, which tasks they take, and when they end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { ExecutorEvent } from '../../../src/executors/contract.ts';
import { builtModule } from '../../helpers/built.ts';
import { WorkerBench } from './worker-bench.ts';

const bench = new WorkerBench();
/** Of one worker, for tests that begin with a process that has done something, or with none. */
const one = bench.open();
beforeEach(() => {
  bench.forget();
});
afterAll(() => bench.close());

test('workers are started as tasks need them, are kept, never exceed the limit, and end with the executor, idle and busy', async () => {
  const executor = bench.open({ workers: 2 });
  const tasks = Array.from({ length: 20 }, () => bench.trivial());
  await bench.succeed(executor, tasks[0]!);
  await bench.succeed(executor, tasks[1]!);
  expect(bench.pidOf(tasks[1]!)).toBe(bench.pidOf(tasks[0]!));
  for (const task of tasks.slice(2)) executor.submit(task);
  await Promise.all(tasks.map((task) => bench.ended(task)));
  expect(new Set(tasks.map((task) => bench.pidOf(task))).size).toBeLessThanOrEqual(2);
  const busy = bench.stageTask(
    "{ run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }",
  );
  executor.submit(busy);
  const idle = bench.trivial();
  executor.submit(idle);
  await bench.ended(idle);
  await executor.close();
  expect(isAlive(bench.pidOf(busy))).toBe(false);
  expect(isAlive(bench.pidOf(idle))).toBe(false);
  expect(await bench.ended(busy)).toMatchObject({ failure: { class: 'cancelled' } });
});

test('each worker computes with one thread and sees only its own device', async () => {
  const executor = bench.open({ workers: 2 });
  const definition =
    '{ run: () => ({ out: [process.env.CUDA_VISIBLE_DEVICES, process.env.OMP_NUM_THREADS, process.env.TF_NUM_INTRAOP_THREADS] }) }';
  const devices = [['gpu:0'], [], ['gpu:3', 'gpu:11'], []];
  const tasks = devices.map((each) => bench.stageTask(definition, { devices: each }));
  for (const task of tasks) executor.submit(task);
  const ends = await Promise.all(tasks.map((task) => bench.ended(task)));
  expect(ends.map((end) => (end.type === 'succeeded' ? bench.value(end.outputs[0]!) : end.failure.message))).toEqual(
    ['0', '', '3,11', ''].map((visible) => [visible, '1', '1']),
  );
});

test('a task that needs a process for itself is the first and the last in it', async () => {
  const tasks = [bench.trivial(), bench.trivial({ isolate: true }), bench.trivial(), bench.trivial()];
  for (const task of tasks) one.submit(task);
  await Promise.all(tasks.map((task) => bench.ended(task)));
  const pids = tasks.map((task) => bench.pidOf(task));
  expect(new Set(pids).size).toBe(3);
  expect(pids[2]).toBe(pids[3]);
});

test('a worker opens one backend and keeps it: a task with another backend gets another process', async () => {
  const definition = '{ compute: true, run: ({ backend }) => ({ out: backend.name }) }';
  const backends = ['portable', 'portable', 'tfjs-cpu'];
  const tasks = backends.map((backend) => bench.stageTask(definition, { backend }));
  for (const [i, task] of tasks.entries()) {
    const { outputs, backend } = await bench.succeed(one, task);
    expect(bench.value(outputs[0]!)).toBe(backends[i]);
    expect(backend).toMatchObject({ name: backends[i], device: 'cpu' });
  }
  expect(bench.pidOf(tasks[1]!)).toBe(bench.pidOf(tasks[0]!));
  expect(bench.pidOf(tasks[2]!)).not.toBe(bench.pidOf(tasks[0]!));
  const unknown = await bench.fail(one, bench.stageTask(definition, { backend: 'abacus' }));
  expect(unknown).toMatchObject({ class: 'error', stack: null });
});

test('a worker on a device ends before another worker starts on the same device', async () => {
  const executor = bench.open({ workers: 3 });
  const definition = `{ run: () => ({ out: process.pid }) }`;
  const pidOn = async (devices: readonly string[]): Promise<number> => {
    const { outputs } = await bench.succeed(executor, bench.stageTask(definition, { devices }));
    return bench.value(outputs[0]!) as number;
  };
  const [first, other] = [await pidOn(['gpu:0']), await pidOn(['gpu:1'])];
  const both = await pidOn(['gpu:0', 'gpu:1']);
  for (const pid of [first, other]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(await pidOn(['gpu:0', 'gpu:1'])).toBe(both);
});

test('a worker whose backend did not start takes no other task', async () => {
  const definition = '{ compute: true, run: () => ({ out: 1 }) }';
  const tasks = [0, 1].map(() => bench.stageTask(definition, { backend: 'tfjs-node-gpu' }));
  for (const task of tasks)
    expect(await bench.fail(one, task)).toMatchObject({
      class: 'error',
      stack: null,
      message: expect.stringMatching(/^The package @tensorflow\/tfjs-node-gpu is not installed in /) as string,
    });
  expect(bench.pidOf(tasks[1]!)).not.toBe(bench.pidOf(tasks[0]!));
});

test('a task for another device is not starved by a long queue of others', async () => {
  const row = Array.from({ length: 10 }, () => bench.trivial());
  const rare = bench.trivial({ devices: ['gpu:0'] });
  const tasks = [...row.slice(0, 3), rare, ...row.slice(3)];
  for (const task of tasks) one.submit(task);
  await Promise.all(tasks.map((task) => bench.ended(task)));
  expect(bench.events.flatMap((event) => (event.type === 'started' ? [event.task] : []))).toEqual(
    tasks.map(({ id }) => id),
  );
});

test('a worker that cannot start fails tasks with its reason, and is not retried forever', async () => {
  const preload = join(bench.directory, 'broken.cjs');
  writeFileSync(
    preload,
    'require("node:fs").appendFileSync(__filename + ".starts", "x"); throw new SyntaxError("bad start");',
  );
  const executor = bench.open({ env: { ...process.env, NODE_OPTIONS: `--require ${preload}` } });
  const tasks = Array.from({ length: 10 }, () => bench.trivial());
  for (const task of tasks) executor.submit(task);
  const ends = await Promise.all(tasks.map((task) => bench.ended(task)));
  for (const end of ends)
    expect(end).toMatchObject({
      type: 'failed',
      failure: {
        class: 'crash',
        message:
          'A worker process could not be started: it exited with code 1 before it was ready (SyntaxError: bad start).',
        exitCode: 1,
      },
    });
  expect(await bench.fail(executor, bench.trivial())).toMatchObject({ class: 'crash', exitCode: 1 });
  expect(readFileSync(`${preload}.starts`, 'utf8')).toBe('xxx');
});

test('a worker that hangs during its start is killed', async () => {
  const preload = join(bench.directory, 'hanging.cjs');
  writeFileSync(preload, 'for (;;);');
  const executor = bench.open({ env: { ...process.env, NODE_OPTIONS: `--require ${preload}` }, startTimeoutMs: 1 });
  expect(await bench.fail(executor, bench.trivial())).toMatchObject({
    class: 'crash',
    message: 'A worker process could not be started: it was killed by SIGKILL before it was ready.',
    signal: 'SIGKILL',
  });
});

test('SIGINT from the terminal is left to the parent', async () => {
  const task = bench.stageTask(
    `{ run: ({ log, params }) => new Promise((resolve) => {
      const look = () => existsSync(params.file) ? resolve({ out: 1 }) : setImmediate(look);
      log('waiting');
      look();
    }) }`,
    { params: { file: join(bench.directory, 'go') } },
  );
  one.submit(task);
  await bench.logged(task, 'waiting');
  process.kill(bench.pidOf(task), 'SIGINT');
  writeFileSync(join(bench.directory, 'go'), '');
  expect((await bench.ended(task)).type).toBe('succeeded');
});

test('when the parent is killed its workers end as well, even in an endless loop', async () => {
  const waiting = bench.stageTask('{ run: () => new Promise((resolve) => { setTimeout(resolve, 1e9); }) }');
  const looping = bench.stageTask('{ run: ({ log }) => { log("looping"); for (;;); } }');
  const script = join(bench.directory, 'parent.mjs');
  const module = pathToFileURL(builtModule('executors/worker/worker-executor.ts')).href;
  writeFileSync(
    script,
    `import { WorkerExecutor } from ${JSON.stringify(module)};
     const executor = new WorkerExecutor({ cacheDirectory: ${JSON.stringify(bench.cacheDirectory)}, projectRoot: '.', workers: 2,
       onEvent: (event) => console.log(JSON.stringify(event)) });
     for (const task of ${JSON.stringify([waiting, looping])}) executor.submit(task);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(parent, 'exit');
  let rest = '';
  parent.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop()!;
    for (const line of lines) bench.onEvent(JSON.parse(line) as ExecutorEvent);
  });
  const [{ pid: first }, { pid: second }] = await Promise.all([bench.started(waiting), bench.started(looping)]);
  await bench.logged(looping, 'looping');
  expect(isAlive(first) && isAlive(second)).toBe(true);
  parent.kill('SIGKILL');
  await exit;
  while (isAlive(first) || isAlive(second)) await turn();
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process whose parent has not reaped it yet is a zombie, and counts as dead.
  if (process.platform !== 'linux') return true;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
