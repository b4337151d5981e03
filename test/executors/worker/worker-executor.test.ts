/** The contract, and what an attempt in a process of its own leaves behind there. */
import { existsSync, mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type * as Built from '../../../src/executors/worker/worker-executor.ts';
import { testExecutor } from '../../contracts/executor-contract.ts';
import { builtModule } from '../../helpers/built.ts';
import { WorkerBench } from './worker-bench.ts';

const { WorkerExecutor } = (await import(builtModule('executors/worker/worker-executor.ts'))) as typeof Built;

testExecutor(
  'worker',
  (parts) => new WorkerExecutor({ ...parts, projectRoot: parts.cacheDirectory, workers: 2 }),
  builtModule,
);

describe('a worker process', () => {
  const bench = new WorkerBench();
  // One for all: what a test leaves is a worker that can be used again, or one that is replaced.
  const executor = bench.open();
  beforeEach(() => {
    bench.forget();
  });
  afterAll(() => bench.close());

  test('an array that is too large for the memory has class oom as well, with a stack', async () => {
    const task = bench.stageTask('{ run: () => ({ out: new ArrayBuffer(2 ** 52) }) }');
    expect(await bench.fail(executor, task)).toMatchObject({ class: 'oom', exitCode: null });
  });

  test.each([
    ['a promise that nobody awaits', 'Promise.reject(new TypeError("lost"))'],
    ['a timer', 'setTimeout(() => { throw new TypeError("lost"); }, 1)'],
  ])('an exception in %s fails the stage with its stack, and the process is not used again', async (_, fault) => {
    const task = bench.stageTask(`{ run: () => { ${fault}; return new Promise(() => {}); } }`);
    const failure = await bench.fail(executor, task);
    expect(failure).toMatchObject({ class: 'error', message: 'TypeError: lost' });
    expect(failure.stack).toContain(basename(task.module));
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).not.toBe(bench.pidOf(task));
  });

  test.each([
    ['an exception', "throw new Error('late');", 'replaced'],
    ['a rejection', "Promise.reject(new Error('late'));", 'replaced'],
    [
      'an end of the process, in whichever way,',
      `for (const end of [() => process.abort(), () => process.kill(process.pid, 'SIGKILL'), () => process.disconnect()])
         try { end(); } catch {}
       process.exit(1);`,
      'replaced',
    ],
    ['a console line', "console.log('late'); process.stdout.write('late');", 'kept'],
  ])('%s of a stage that has ended does not reach the one that runs', async (_, fault, worker) => {
    const files = mkdtempSync(join(bench.directory, 'files-'));
    const params = { second: join(files, 'second-runs'), thrown: join(files, 'first-threw') };
    // A channel that keeps nothing alive is not seen when its stage ends. The two wait for each other: what the first
    // one does happens while the second one runs, which goes on for a few more turns.
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
    const third = bench.trivial();
    await bench.succeed(executor, third);
    expect(bench.pidOf(second)).toBe(bench.pidOf(first));
    if (worker === 'replaced') expect(bench.pidOf(third)).not.toBe(bench.pidOf(first));
    else expect(bench.pidOf(third)).toBe(bench.pidOf(first));
  });

  test('progress that is held back for a moment when its stage ends is told, and is nothing that the stage left behind', async () => {
    const task = bench.stageTask('{ run({ progress }) { progress(1, 2); progress(2, 2); return { out: 1 }; } }');
    await bench.succeed(executor, task);
    expect(bench.of('progress', task)).toMatchObject([{ done: 1 }, { done: 2 }]);
    expect(bench.of('log', task)).toEqual([]);
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).toBe(bench.pidOf(task));
  });

  test('a thread and a child process that a stage leaves behind are ended', async () => {
    const task = bench.stageTask(
      `{ run() {
        new Worker('setInterval(() => {}, 1e9)', { eval: true }).unref();
        spawn('sleep', ['30'], { stdio: 'ignore' }).unref();
        return { out: 1 };
      } }`,
      {},
      "import { spawn } from 'node:child_process'; import { Worker } from 'node:worker_threads';",
    );
    await bench.succeed(executor, task);
    expect(bench.of('log', task).map(({ text }) => text)).toEqual(
      ['a thread still running; stopped', 'a child process still running; killed'].map(
        (how) => `[restage] Stage test/stage ended with ${how}, so that nothing runs after its end.`,
      ),
    );
  });

  test('a stage that leaves a server behind is told so, and its process ends', async () => {
    const task = bench.stageTask(
      '{ async run() { await new Promise((resolve) => net.createServer().listen(0, resolve)); return { out: 1 }; } }',
      {},
      "import net from 'node:net';",
    );
    await bench.succeed(executor, task);
    expect(bench.of('log', task).map(({ text }) => text)).toEqual([
      '[restage] Stage test/stage ended with work unfinished (TCPServerWrap); its worker process is ended, and the work with it.',
    ]);
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).not.toBe(bench.pidOf(task));
  });

  test('a worker whose stage has changed nothing is used again', async () => {
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
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).toBe(bench.pidOf(tidy));
  });

  test('a checkpoint survives a crash, and is gone after success', async () => {
    const module = bench.module(`{ async run({ checkpoint }) {
      const done = (await checkpoint.load()) ?? 0;
      await checkpoint.save(done + 1);
      if (done < 1) process.kill(process.pid, 'SIGKILL');
      return { out: done };
    } }`);
    expect(await bench.fail(executor, bench.task(module))).toMatchObject({ class: 'crash' });
    const last = bench.task(module);
    expect(existsSync(last.checkpointFile)).toBe(true);
    expect(bench.value((await bench.succeed(executor, last)).outputs[0]!)).toBe(1);
    expect(existsSync(last.checkpointFile)).toBe(false);
  });

  test('raw output of child processes and native code is in the log as well', async () => {
    const run = `async run() {
      spawnSync('sh', ['-c', 'echo from a child; echo its error >&2; printf unfinished'], { stdio: 'inherit' });
      process.stdout.write('two\\nlines');
      return { out: 1 };
    }`;
    const task = bench.task(bench.module(`{ ${run} }`, "import { spawnSync } from 'node:child_process';"));
    await bench.succeed(executor, task);
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
    // Shrinking frees the memory at once, so that the next attempt does not start with it.
    const hungry = bench.stageTask(`{ run() {
      const buffer = new ArrayBuffer(0, { maxByteLength: 2 ** 27 });
      buffer.resize(2 ** 27);
      new Uint8Array(buffer).fill(1);
      buffer.resize(0);
      return { out: 1 };
    } }`);
    const modest = bench.trivial();
    const first = await bench.succeed(executor, hungry);
    const second = await bench.succeed(executor, modest);
    expect(bench.pidOf(modest)).toBe(bench.pidOf(hungry));
    expect(first.usage.cpuSeconds).toBeGreaterThan(0);
    expect(first.usage.peakBytes).toBeGreaterThan(2 ** 27);
    if (process.platform === 'linux') expect(second.usage.peakBytes).toBeLessThan(first.usage.peakBytes! - 2 ** 26);
    else expect(second.usage.peakBytes).toBeNull();
  });
});
