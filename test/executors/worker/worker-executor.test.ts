import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExecutorEvent, Task } from '../../../src/executors/contract.ts';
import type * as Built from '../../../src/executors/worker/worker-executor.ts';
import type {
  WorkerExecutor as Executor,
  WorkerExecutorOptions,
} from '../../../src/executors/worker/worker-executor.ts';
import { type EventOf, ExecutorBench, testExecutor } from '../../contracts/executor-contract.ts';
import { builtModule } from '../../helpers/built.ts';

const { WorkerExecutor } = (await import(builtModule('executors/worker/worker-executor.ts'))) as typeof Built;

testExecutor(
  'worker',
  (parts) => new WorkerExecutor({ ...parts, projectRoot: parts.cacheDirectory, workers: 2 }),
  builtModule,
);

describe('worker processes', () => {
  let bench: ExecutorBench;
  const executors: Executor[] = [];
  beforeEach(() => {
    bench = new ExecutorBench(builtModule);
  });
  afterEach(async () => {
    await Promise.all(executors.splice(0).map((executor) => executor.close()));
    bench.remove();
  });

  function open(options: Partial<WorkerExecutorOptions> = {}): Executor {
    const { cacheDirectory, onEvent } = bench;
    const executor = new WorkerExecutor({
      cacheDirectory,
      projectRoot: cacheDirectory,
      onEvent,
      workers: 1,
      gracefulMs: 60_000,
      ...options,
    });
    executors.push(executor);
    return executor;
  }

  const trivial = (changes: Partial<Task> = {}): Task =>
    bench.stageTask('{ run: () => ({ out: process.pid }) }', changes);
  const pidOf = (task: Task): number => bench.of('started', task)[0]!.pid;
  const started = (task: Task): Promise<EventOf<'started'>> =>
    bench.event((event): event is EventOf<'started'> => event.type === 'started' && event.task === task.id);

  describe('a stage that ends its process fails with class crash, and the next task gets a new worker:', () => {
    test('process.exit', async () => {
      const executor = open();
      const task = bench.stageTask('{ run: ({ log }) => { log("last words"); process.exit(3); } }');
      expect(await bench.fail(executor, task)).toEqual({
        class: 'crash',
        message:
          'The worker process exited with code 3 while running node some-node; a stage must return or throw and never end its process.',
        stack: null,
        exitCode: 3,
        signal: null,
      });
      expect(bench.of('log', task).map(({ text }) => text)).toEqual(['last words']);
      const next = trivial();
      await bench.succeed(executor, next);
      expect(pidOf(next)).not.toBe(pidOf(task));
    });

    test('SIGKILL, which does not affect other workers', async () => {
      const executor = open({ workers: 2 });
      const other = bench.stageTask(
        '{ run: ({ params, log }) => new Promise((resolve) => { log("waiting"); const look = () => existsSync(params.file) ? resolve({ out: 1 }) : setImmediate(look); look(); }) }',
        { params: { file: join(bench.directory, 'go') } },
      );
      executor.submit(other);
      await bench.logged(other, 'waiting');
      const task = bench.stageTask("{ run: () => { process.kill(process.pid, 'SIGKILL'); } }");
      expect(await bench.fail(executor, task)).toEqual({
        class: 'crash',
        message: 'The worker process was killed by SIGKILL while running node some-node.',
        stack: null,
        exitCode: null,
        signal: 'SIGKILL',
      });
      writeFileSync(join(bench.directory, 'go'), '');
      expect((await bench.ended(other)).type).toBe('succeeded');
    });

    test('a native abort, with its last output in the log', async () => {
      const task = bench.stageTask('{ run: () => { process.abort(); } }');
      expect(await bench.fail(open(), task)).toMatchObject({ class: 'crash', signal: 'SIGABRT' });
    });

    test('exhausting the heap, which has class oom', async () => {
      const executor = open({ env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=40' } });
      const task = bench.stageTask('{ run: () => { const all = []; for (;;) all.push({ x: [all.length] }); } }');
      const failure = await bench.fail(executor, task);
      expect(failure).toMatchObject({ class: 'oom', signal: 'SIGABRT' });
      expect(failure.message).toMatch(/^The worker process ran out of JavaScript heap while running node some-node;/);
      expect(bench.of('log', task).some(({ text }) => text.includes('heap out of memory'))).toBe(true);
    });
  });

  test('an array that is too large for the memory has class oom as well, with a stack', async () => {
    const task = bench.stageTask('{ run: () => ({ out: new ArrayBuffer(2 ** 52) }) }');
    expect(await bench.fail(open(), task)).toMatchObject({ class: 'oom', exitCode: null });
  });

  test.each([
    ['a promise that nobody awaits', 'Promise.reject(new TypeError("lost"))'],
    ['a timer', 'setTimeout(() => { throw new TypeError("lost"); }, 1)'],
  ])('an exception in %s fails the stage with its stack, and the process is not used again', async (_, fault) => {
    const executor = open();
    const task = bench.stageTask(`{ run: () => { ${fault}; return new Promise(() => {}); } }`);
    const failure = await bench.fail(executor, task);
    expect(failure).toMatchObject({ class: 'error', message: 'TypeError: lost' });
    expect(failure.stack).toMatch(/stage-0\.mjs/);
    const next = trivial();
    await bench.succeed(executor, next);
    expect(pidOf(next)).not.toBe(pidOf(task));
  });

  test.each([
    ['an exception', "throw new Error('late');", 'replaced'],
    ['a rejection', "Promise.reject(new Error('late'));", 'replaced'],
    ['process.exit', 'process.exit(1);', 'replaced'],
    ['process.abort', 'process.abort();', 'replaced'],
    ['process.kill of its own process', "process.kill(process.pid, 'SIGKILL');", 'replaced'],
    ['process.disconnect', 'process.disconnect();', 'replaced'],
    ['a console line', "console.log('late'); process.stdout.write('late');", 'kept'],
  ])('%s of a stage that has ended does not reach the one that runs', async (_, fault, worker) => {
    const executor = open();
    const params = { second: join(bench.directory, 'second-runs'), thrown: join(bench.directory, 'first-threw') };
    // A channel that keeps nothing alive is not seen when its stage ends. The two wait for each other: what the first one
    // does happens while the second one runs, which goes on for a few more turns.
    const first = bench.stageTask(
      `{ run({ params }) {
        const { port1, port2 } = new MessageChannel();
        port2.on('message', () => {
          if (!existsSync(params.second)) return port1.postMessage(1);
          port2.close();
          writeFileSync(params.thrown, '');
          ${fault}
        });
        port1.unref();
        port2.unref();
        port1.postMessage(1);
        return { out: 1 };
      } }`,
      { params },
    );
    const second = bench.stageTask(
      `{ async run({ params }) {
        writeFileSync(params.second, '');
        for (let more = 0; more < 10; more += existsSync(params.thrown)) await new Promise((resolve) => setImmediate(resolve));
        return { out: 2 };
      } }`,
      { params },
    );
    executor.submit(first);
    executor.submit(second);
    expect(await bench.ended(second)).toMatchObject({ type: 'succeeded' });
    expect([...bench.of('log', first), ...bench.of('log', second)]).toEqual([]);
    const third = trivial();
    await bench.succeed(executor, third);
    expect(pidOf(second)).toBe(pidOf(first));
    if (worker === 'replaced') expect(pidOf(third)).not.toBe(pidOf(first));
    else expect(pidOf(third)).toBe(pidOf(first));
  });

  test.each([
    [
      'a thread',
      "new Worker('setInterval(() => {}, 1e9)', { eval: true }).unref();",
      'a thread still running; stopped',
    ],
    [
      'a child process',
      "spawn('sleep', ['30'], { stdio: 'ignore' }).unref();",
      'a child process still running; killed',
    ],
  ])('%s that a stage leaves behind is ended', async (_, leaves, how) => {
    const executor = open();
    const task = bench.stageTask(
      `{ run() { ${leaves} return { out: 1 }; } }`,
      {},
      "import { spawn } from 'node:child_process'; import { Worker } from 'node:worker_threads';",
    );
    await bench.succeed(executor, task);
    expect(bench.of('log', task).map(({ text }) => text)).toEqual([
      `[restage] Stage test/stage ended with ${how}, so that nothing runs after its end.`,
    ]);
  });

  test('a stage that leaves a server behind is told so, and its process ends', async () => {
    const executor = open();
    const task = bench.stageTask(
      '{ async run() { await new Promise((resolve) => net.createServer().listen(0, resolve)); return { out: 1 }; } }',
      {},
      "import net from 'node:net';",
    );
    await bench.succeed(executor, task);
    expect(bench.of('log', task).map(({ text }) => text)).toEqual([
      '[restage] Stage test/stage ended with work unfinished (TCPServerWrap); its worker process is ended, and the work with it.',
    ]);
    const next = trivial();
    await bench.succeed(executor, next);
    expect(pidOf(next)).not.toBe(pidOf(task));
  });

  test('a worker whose stage has changed nothing is used again', async () => {
    const executor = open();
    const tidy = bench.stageTask(
      `{ async run() {
        const server = http.createServer((_, answer) => answer.end('hello')).listen(0);
        await once(server, 'listening');
        const [answer] = await once(http.get({ port: server.address().port, agent: false }), 'response');
        const text = (await answer.toArray()).join('');
        await new Promise((resolve) => server.close(resolve));
        await promisify(execFile)('true');
        const thread = new Worker('', { eval: true });
        await once(thread, 'exit');
        await writeFile(params(), gzipSync('x'));
        createHash('sha256').update(text).digest('hex');
        new Intl.NumberFormat('en').format(1);
        await crypto.subtle.digest('SHA-256', new Uint8Array(3));
        [new Headers(), new Blob(['x']), new AbortController(), new URL('http://x'), structuredClone({}), performance.now()];
        return { out: text };
      } }`,
      {},
      `import http from 'node:http'; import { once } from 'node:events'; import { execFile } from 'node:child_process';
       import { promisify } from 'node:util'; import { Worker } from 'node:worker_threads'; import { gzipSync } from 'node:zlib';
       import { writeFile } from 'node:fs/promises'; import { createHash } from 'node:crypto';
       const params = () => ${JSON.stringify(join(bench.directory, 'scratch'))};`,
    );
    await bench.succeed(executor, tidy);
    expect(bench.of('log', tidy)).toEqual([]);
    const next = trivial();
    await bench.succeed(executor, next);
    expect(pidOf(next)).toBe(pidOf(tidy));
  });

  describe('a stage that does not stop', () => {
    test('because of an endless loop is ended by SIGTERM after its timeout', async () => {
      const executor = open({ gracefulMs: 1 });
      const task = bench.stageTask('{ run: () => { for (;;); } }', { timeoutSeconds: 0.01 });
      expect(await bench.fail(executor, task)).toMatchObject({
        class: 'timeout',
        message:
          'Node some-node ran longer than its timeout of 0.01 s; it ignored the request to stop, and its worker process was ended.',
      });
      await bench.succeed(executor, trivial());
    });

    test('even on SIGTERM is killed when it is cancelled', async () => {
      const executor = open({ gracefulMs: 1 });
      const task = bench.stageTask("{ run({ log }) { process.on('SIGTERM', () => {}); log('deaf'); for (;;); } }");
      executor.submit(task);
      await bench.logged(task, 'deaf');
      executor.cancel(task.id);
      expect(await bench.ended(task)).toMatchObject({
        failure: { class: 'cancelled', signal: 'SIGKILL', exitCode: null },
      });
      const next = trivial();
      await bench.succeed(executor, next);
      expect(pidOf(next)).not.toBe(pidOf(task));
    });
  });

  test('a checkpoint survives a crash, and is gone after success', async () => {
    const executor = open();
    const module = bench.module(`{ async run({ checkpoint }) {
      const done = (await checkpoint.load()) ?? 0;
      await checkpoint.save(done + 1);
      if (done < 2) process.kill(process.pid, 'SIGKILL');
      return { out: done };
    } }`);
    expect(await bench.fail(executor, bench.task(module))).toMatchObject({ class: 'crash' });
    expect(await bench.fail(executor, bench.task(module))).toMatchObject({ class: 'crash' });
    const last = bench.task(module);
    expect(existsSync(last.checkpointFile)).toBe(true);
    expect(bench.value((await bench.succeed(executor, last)).outputs[0]!)).toBe(2);
    expect(existsSync(last.checkpointFile)).toBe(false);
  });

  test('raw output of child processes and native code is in the log as well', async () => {
    const run = `async run() {
      spawnSync('sh', ['-c', 'echo from a child; echo its error >&2; printf unfinished'], { stdio: 'inherit' });
      process.stdout.write('two\\nlines');
      return { out: 1 };
    }`;
    const task = bench.task(bench.module(`{ ${run} }`, "import { spawnSync } from 'node:child_process';"));
    await bench.succeed(open(), task);
    const lines = bench.of('log', task).map(({ stream, text }) => `${stream}: ${text}`);
    expect(lines.sort()).toEqual([
      'stderr: its error',
      'stdout: from a child',
      'stdout: lines',
      'stdout: two',
      'stdout: unfinished',
    ]);
  });

  test('an attempt reports its own usage: time, CPU seconds and peak memory', async () => {
    const executor = open();
    // Shrinking frees the memory at once, so that the next attempt does not start with it.
    const hungry = bench.stageTask(`{ run() {
      const buffer = new ArrayBuffer(0, { maxByteLength: 2 ** 28 });
      buffer.resize(2 ** 28);
      new Uint8Array(buffer).fill(1);
      buffer.resize(0);
      return { out: 1 };
    } }`);
    const modest = trivial();
    const first = await bench.succeed(executor, hungry);
    const second = await bench.succeed(executor, modest);
    expect(pidOf(modest)).toBe(pidOf(hungry));
    expect(first.usage.cpuSeconds).toBeGreaterThan(0);
    expect(first.usage.peakBytes).toBeGreaterThan(2 ** 28);
    if (process.platform === 'linux') expect(second.usage.peakBytes).toBeLessThan(2 ** 28);
    else expect(second.usage.peakBytes).toBeNull();
  });

  test('workers are started as tasks need them, are kept, and never exceed the limit', async () => {
    const executor = open({ workers: 2 });
    const tasks = Array.from({ length: 20 }, () => trivial());
    await bench.succeed(executor, tasks[0]!);
    await bench.succeed(executor, tasks[1]!);
    expect(pidOf(tasks[1]!)).toBe(pidOf(tasks[0]!));
    for (const task of tasks.slice(2)) executor.submit(task);
    await Promise.all(tasks.map((task) => bench.ended(task)));
    expect(new Set(tasks.map(pidOf)).size).toBeLessThanOrEqual(2);
  });

  test('each worker computes with one thread and sees only its own device', async () => {
    const executor = open({ workers: 2 });
    const definition =
      '{ run: () => ({ out: [process.env.CUDA_VISIBLE_DEVICES, process.env.OMP_NUM_THREADS, process.env.TF_NUM_INTRAOP_THREADS] }) }';
    const devices = [['gpu:0'], [], ['gpu:11'], ['gpu:0', 'gpu:3'], ['gpu:0'], []];
    const tasks = devices.map((each) => bench.stageTask(definition, { devices: each }));
    for (const task of tasks) executor.submit(task);
    const ends = await Promise.all(tasks.map((task) => bench.ended(task)));
    expect(ends.map((end) => (end.type === 'succeeded' ? bench.value(end.outputs[0]!) : end.failure.message))).toEqual(
      ['0', '', '11', '0,3', '0', ''].map((visible) => [visible, '1', '1']),
    );
  });

  test('a worker opens one backend and keeps it: a task with another backend gets another process', async () => {
    const executor = open();
    const definition = '{ compute: true, run: ({ backend }) => ({ out: backend.name }) }';
    const backends = ['tfjs-cpu', 'tfjs-cpu', 'tfjs-wasm'];
    const tasks = backends.map((backend) => bench.stageTask(definition, { backend }));
    for (const [i, task] of tasks.entries()) {
      const { outputs, backend } = await bench.succeed(executor, task);
      expect(bench.value(outputs[0]!)).toBe(backends[i]);
      expect(backend).toMatchObject({ name: backends[i], device: 'cpu' });
    }
    expect(pidOf(tasks[1]!)).toBe(pidOf(tasks[0]!));
    expect(pidOf(tasks[2]!)).not.toBe(pidOf(tasks[0]!));
    const unknown = await bench.fail(executor, bench.stageTask(definition, { backend: 'abacus' }));
    expect(unknown).toMatchObject({ class: 'error', stack: null });
  });

  test('a worker on a device ends before another worker starts on the same device', async () => {
    const executor = open({ workers: 3 });
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
    const executor = open();
    const definition = '{ compute: true, run: () => ({ out: 1 }) }';
    const tasks = [0, 1].map(() => bench.stageTask(definition, { backend: 'tfjs-node-gpu' }));
    for (const task of tasks)
      expect(await bench.fail(executor, task)).toMatchObject({
        class: 'error',
        stack: null,
        message: expect.stringMatching(/^The package @tensorflow\/tfjs-node-gpu is not installed in /) as string,
      });
    expect(pidOf(tasks[1]!)).not.toBe(pidOf(tasks[0]!));
  });

  test('a task for another device is not starved by a long queue of others', async () => {
    const executor = open({ workers: 1 });
    const row = Array.from({ length: 10 }, () => trivial());
    const rare = trivial({ devices: ['gpu:0'] });
    const tasks = [...row.slice(0, 3), rare, ...row.slice(3)];
    for (const task of tasks) executor.submit(task);
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
    const executor = open({ env: { ...process.env, NODE_OPTIONS: `--require ${preload}` } });
    const tasks = Array.from({ length: 10 }, () => trivial());
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
    expect(await bench.fail(executor, trivial())).toMatchObject({ class: 'crash', exitCode: 1 });
    expect(readFileSync(`${preload}.starts`, 'utf8')).toBe('xxx');
  });

  test('a worker that hangs during its start is killed', async () => {
    const preload = join(bench.directory, 'hanging.cjs');
    writeFileSync(preload, 'for (;;);');
    const executor = open({ env: { ...process.env, NODE_OPTIONS: `--require ${preload}` }, startTimeoutMs: 1 });
    expect(await bench.fail(executor, trivial())).toMatchObject({
      class: 'crash',
      message: 'A worker process could not be started: it was killed by SIGKILL before it was ready.',
      signal: 'SIGKILL',
    });
  });

  test('SIGINT from the terminal is left to the parent', async () => {
    const executor = open();
    const task = bench.stageTask(
      `{ run: ({ log, params }) => new Promise((resolve) => {
        const look = () => existsSync(params.file) ? resolve({ out: 1 }) : setImmediate(look);
        log('waiting');
        look();
      }) }`,
      { params: { file: join(bench.directory, 'go') } },
    );
    executor.submit(task);
    await bench.logged(task, 'waiting');
    process.kill(pidOf(task), 'SIGINT');
    writeFileSync(join(bench.directory, 'go'), '');
    expect((await bench.ended(task)).type).toBe('succeeded');
  });

  test('close ends the processes, idle and busy', async () => {
    const executor = open({ workers: 2 });
    const idle = trivial();
    await bench.succeed(executor, idle);
    const busy = bench.stageTask(
      "{ run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }",
    );
    executor.submit(busy);
    const second = trivial();
    executor.submit(second);
    await bench.ended(second);
    await executor.close();
    expect(isAlive(pidOf(busy))).toBe(false);
    expect(isAlive(pidOf(second))).toBe(false);
    expect(await bench.ended(busy)).toMatchObject({ failure: { class: 'cancelled' } });
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
    const [{ pid: first }, { pid: second }] = await Promise.all([started(waiting), started(looping)]);
    await bench.logged(looping, 'looping');
    expect(isAlive(first) && isAlive(second)).toBe(true);
    parent.kill('SIGKILL');
    await exit;
    while (isAlive(first) || isAlive(second)) await turn();
  });
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
