/** Stages that end their process, exhaust it, or do not stop: only their own attempt fails. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WorkerBench } from './worker-bench.ts';

let bench: WorkerBench;
beforeEach(() => {
  bench = new WorkerBench();
});
afterEach(() => bench.close());

describe('a stage that ends its process fails with class crash, and the next task gets a new worker:', () => {
  test('process.exit', async () => {
    const executor = bench.open();
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
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).not.toBe(bench.pidOf(task));
  });

  test('SIGKILL, which does not affect other workers', async () => {
    const executor = bench.open({ workers: 2 });
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
    expect(await bench.fail(bench.open(), task)).toMatchObject({ class: 'crash', signal: 'SIGABRT' });
  });

  test('exhausting the heap, which has class oom', async () => {
    const executor = bench.open({ env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=40' } });
    const task = bench.stageTask('{ run: () => { const all = []; for (;;) all.push({ x: [all.length] }); } }');
    const failure = await bench.fail(executor, task);
    expect(failure).toMatchObject({ class: 'oom', signal: 'SIGABRT' });
    expect(failure.message).toMatch(/^The worker process ran out of JavaScript heap while running node some-node;/);
    expect(bench.of('log', task).some(({ text }) => text.includes('heap out of memory'))).toBe(true);
  });
});

describe('a stage that does not stop', () => {
  test('because of an endless loop is ended by SIGTERM after its timeout', async () => {
    const executor = bench.open({ gracefulMs: 1 });
    const task = bench.stageTask('{ run: () => { for (;;); } }', { timeoutSeconds: 0.01 });
    expect(await bench.fail(executor, task)).toMatchObject({
      class: 'timeout',
      message:
        'Node some-node ran longer than its timeout of 0.01 s; it ignored the request to stop, and its worker process was ended.',
    });
    await bench.succeed(executor, bench.trivial());
  });

  test('even on SIGTERM is killed when it is cancelled', async () => {
    const executor = bench.open({ gracefulMs: 1 });
    const task = bench.stageTask("{ run({ log }) { process.on('SIGTERM', () => {}); log('deaf'); for (;;); } }");
    executor.submit(task);
    await bench.logged(task, 'deaf');
    executor.cancel(task.id);
    expect(await bench.ended(task)).toMatchObject({
      failure: { class: 'cancelled', signal: 'SIGKILL', exitCode: null },
    });
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).not.toBe(bench.pidOf(task));
  });
});
