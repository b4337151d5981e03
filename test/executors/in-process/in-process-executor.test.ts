import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ExecutorEvent } from '../../../src/executors/contract.ts';
import { InProcessExecutor } from '../../../src/executors/in-process/in-process-executor.ts';
import { type EventOf, ExecutorBench } from '../../contracts/executor-bench.ts';
import { testExecutor } from '../../contracts/executor-contract.ts';
import { testHostileStages } from '../../contracts/hostile-stages.ts';
import { testReplacedFunctions } from '../../contracts/replaced-functions.ts';
import { builtModule } from '../../helpers/built.ts';

testExecutor('in-process', (parts) => new InProcessExecutor({ ...parts, projectRoot: parts.cacheDirectory }));
testHostileStages('in-process', (parts) => new InProcessExecutor({ ...parts, projectRoot: parts.cacheDirectory }));
testReplacedFunctions(
  'in-process',
  50,
  (parts) => new InProcessExecutor({ ...parts, projectRoot: parts.cacheDirectory }),
);

test('the in-process executor refuses a stage that computes on a backend', async () => {
  const bench = new ExecutorBench();
  const executor = new InProcessExecutor({
    cacheDirectory: bench.cacheDirectory,
    projectRoot: bench.directory,
    onEvent: bench.onEvent,
  });
  const task = bench.stageTask('{ compute: true, run: () => ({ out: 1 }) }', { backend: 'tfjs-cpu' });
  expect((await bench.fail(executor, task)).message).toMatch(/^internal error: a stage that computes on tfjs-cpu/);
  await executor.close();
  bench.remove();
});

test('what a stage reaches is observed, and what its run and its listeners reach is not', async () => {
  const bench = new ExecutorBench();
  const file = join(bench.directory, 'calibration.json');
  writeFileSync(file, '{}');
  const executor = new InProcessExecutor({
    cacheDirectory: bench.cacheDirectory,
    projectRoot: bench.directory,
    onEvent: (event) => {
      readFileSync(file);
      Math.random();
      bench.onEvent(event);
    },
  });
  const run = `async ({ log }) => {
    log('begins');
    await new Promise((resolve) => setTimeout(resolve, 1));
    return { out: [existsSync(${JSON.stringify(file)}), new Date(0).getTime(), process.env.HOME, Date.now() > 0] };
  }`;
  const task = bench.stageTask(`{ run: ${run} }`);
  const harmless = bench.stageTask('{ run: () => ({ out: 1 }) }');
  executor.submit(task);
  executor.submit(harmless);
  Math.random();
  const [first, second] = await Promise.all([bench.ended(task), bench.ended(harmless)]);
  expect(first).toMatchObject({ type: 'succeeded' });
  const found = (first as EventOf<'succeeded'>).accesses!.map(({ kind, detail }) => [kind, detail]);
  expect(found).toEqual([
    ['file', 'calibration.json'],
    ['env', 'HOME'],
    ['clock', 'Date.now'],
  ]);
  expect(second).toMatchObject({ accesses: [] });
  expect(bench.of('undeclared', task).map(({ access }) => access.kind)).toEqual(['file', 'env', 'clock']);
  await executor.close();
  bench.remove();
});

// In a process of its own: vitest counts an unhandled rejection as an error of the test.
test('an unhandled rejection of a stage fails that stage, and neither the process nor the other stages', () => {
  const bench = new ExecutorBench(builtModule);
  const faulty = bench.stageTask(
    "{ async run() { await null; Promise.reject(new TypeError('lost')); await new Promise(() => {}); } }",
  );
  const other = bench.stageTask('{ run: () => new Promise((resolve) => setTimeout(resolve, 20, { out: 1 })) }');
  const script = join(bench.directory, 'parent.mjs');
  writeFileSync(
    script,
    `import { InProcessExecutor } from ${JSON.stringify(builtModule('executors/in-process/in-process-executor.ts'))};
     let left = 2;
     const executor = new InProcessExecutor({ cacheDirectory: ${JSON.stringify(bench.cacheDirectory)}, projectRoot: '/', gracefulMs: 1,
       onEvent: (event) => {
         console.log(JSON.stringify(event));
         if (event.type === 'failed' || event.type === 'succeeded') if (--left === 0) executor.close();
       } });
     for (const task of ${JSON.stringify([other, faulty])}) executor.submit(task);`,
  );
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  const events = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ExecutorEvent);
  expect(events).toContainEqual(
    expect.objectContaining({
      task: faulty.id,
      failure: expect.objectContaining({ class: 'error', message: 'TypeError: lost' }) as unknown,
    }),
  );
  expect(events).toContainEqual(expect.objectContaining({ type: 'succeeded', task: other.id }));
  bench.remove();
});

test.each([
  ['process.exit', 'process.exit(3)'],
  ['process.abort', 'process.abort()'],
  ['process.kill', 'process.kill(process.pid)'],
])('a stage that calls %s in this process fails, and restage goes on', async (name, call) => {
  const bench = new ExecutorBench();
  const executor = new InProcessExecutor({
    cacheDirectory: bench.cacheDirectory,
    projectRoot: bench.directory,
    onEvent: bench.onEvent,
  });
  const task = bench.stageTask(`{ run() { try { ${call}; } catch {} return { out: 1 }; } }`);
  expect((await bench.fail(executor, task)).message).toBe(
    `The stage called ${name}, which would end restage itself; return or throw, or give its node the executor "worker".`,
  );
  await bench.succeed(executor, bench.stageTask('{ run: () => ({ out: 1 }) }'));
  await executor.close();
  bench.remove();
});

test('a change in this process that cannot be undone fails its stage', async () => {
  const bench = new ExecutorBench();
  const executor = new InProcessExecutor({
    cacheDirectory: bench.cacheDirectory,
    projectRoot: bench.directory,
    onEvent: bench.onEvent,
  });
  const task = bench.stageTask(
    "{ run() { Object.defineProperty(globalThis, 'leftForGood', { value: 1 }); return { out: 1 }; } }",
  );
  expect((await bench.fail(executor, task)).message).toBe(
    'Stage test/stage changed leftForGood for all code of restage\'s own process, which cannot be undone; give its node the executor "worker".',
  );
  await bench.succeed(executor, bench.stageTask('{ run: () => ({ out: 1 }) }'));
  await executor.close();
  bench.remove();
});
