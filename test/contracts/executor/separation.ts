/** Part of the contract of executors: an attempt leaves nothing behind that another one could see. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { TaskInput } from '../../../src/executors/contract.ts';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testSeparation({ bench, executor }: ExecutorUnderTest): void {
  test('stops the timers that a stage leaves behind, says so, and passes on nothing that it reports later', async () => {
    const signal = join(bench.directory, 'late');
    const late = `() => { log('late'); metric('late', 1); console.log('late'); writeFileSync(${JSON.stringify(signal)}, ''); }`;
    const task = bench.stageTask(
      `{ run({ log, metric }) {
      const late = ${late};
      setTimeout(late, 30);
      setTimeout(late, 30).unref();
      setInterval(late, 30);
      sleep(30).then(late);
      clearTimeout(setTimeout(late, 30));
      return { out: 1 };
    } }`,
      {},
      "import { setTimeout as sleep } from 'node:timers/promises';",
    );
    await bench.succeed(executor, task);
    await bench.succeed(
      executor,
      bench.stageTask('{ run: () => new Promise((resolve) => setTimeout(resolve, 60, { out: 1 })) }'),
    );
    expect(existsSync(signal)).toBe(false);
    expect(bench.events.flatMap((event) => (event.type === 'log' ? [event] : []))).toEqual([
      expect.objectContaining({
        task: task.id,
        stream: 'stderr',
        text: '[restage] Stage test/stage ended with 4 timers still set; stopped, so that nothing runs after its end.',
      }),
    ]);
    expect(bench.of('metric', task)).toEqual([]);
  });

  test('lets a stage finish what it awaits: sleeps, timers, immediates and their values', async () => {
    const task = bench.stageTask(
      `{ async run() {
      const values = [];
      await new Promise((resolve) => { const every = setInterval(() => { if (values.push('tick') === 2) { clearInterval(every); resolve(); } }, 1); });
      values.push(await sleep(1, 'slept'), await promisify(setTimeout)(1, 'promised'), await turn('turned'));
      values.push(await new Promise((resolve) => setTimeout((a, b) => resolve(a + b), 1, 'a', 'b')));
      values.push(await sleep(1000, 'no', { signal: AbortSignal.abort(new Error('stopped')) }).catch(({ name }) => name));
      return { out: values };
    } }`,
      {},
      "import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'; import { promisify } from 'node:util';",
    );
    const { outputs } = await bench.succeed(executor, task);
    expect(bench.value(outputs[0]!)).toEqual(['tick', 'tick', 'slept', 'promised', 'turned', 'ab', 'AbortError']);
    expect(bench.of('log', task)).toEqual([]);
  });

  describe('separates attempts:', () => {
    test("each has the variables of its stage's modules to itself", async () => {
      const module = bench.module(
        '{ run: ({ params }) => { memo.set(params.x, ++seen); list.push(seen); return { out: [seen, memo.size, list.length] }; } }',
        'let seen = 0; const memo = new Map(); const list = [];',
      );
      for (const x of [1, 2, 3]) {
        const { outputs } = await bench.succeed(executor, bench.task(module, { params: { x } }));
        expect(bench.value(outputs[0]!)).toEqual([1, 1, 1]);
      }
    });

    test('modules that await something at their top level, too', async () => {
      const prelude = 'let seen = await Promise.resolve(7); for await (const more of [1, 2]) seen += more;';
      const module = bench.module('{ run: () => ({ out: seen++ }) }', prelude);
      for (let time = 0; time < 2; time++)
        expect(bench.value((await bench.succeed(executor, bench.task(module))).outputs[0]!)).toBe(10);
    });

    test('what one writes into an input, inline or stored, no other one reads', async () => {
      const chunks = (x: readonly number[]): readonly Uint8Array[] =>
        table().encode({ rows: x.length, columns: { x: Float64Array.from(x) } }, '');
      const inline = Buffer.concat(chunks([3, 1, 2]));
      const long = Array.from({ length: 1000 }, (_, i) => 1000 - i);
      const inputs: readonly TaskInput[] = [
        {
          slot: 'small',
          index: null,
          source: { type: 'artifact', digest: sha256(inline), bytes: inline.length, inline },
        },
        bench.storedInput('large', chunks(long)),
      ];
      const module = bench.module(`{
        inputs: { small: table(), large: table() },
        async run({ inputs }) {
          const columns = [(await inputs.small.read()).columns.x, (await inputs.large.read()).columns.x];
          const first = columns.map((column) => column[0]);
          for (const column of columns) new Float64Array(column.buffer).fill(-1);
          return { out: first };
        } }`);
      const before = Buffer.from(inline);
      for (let time = 0; time < 2; time++) {
        const { outputs } = await bench.succeed(executor, bench.task(module, { inputs }));
        expect(bench.value(outputs[0]!)).toEqual([3, 1000]);
      }
      expect(inline.equals(before)).toBe(true);
    });

    test('what a stage does to its result after it has returned is not in the result', async () => {
      const task = bench.stageTask(`{
        outputs: { small: bytes(), large: bytes() },
        run() {
          const [small, large] = [new Uint8Array(8), new Uint8Array(5000)];
          setImmediate(() => { small.fill(1); large.fill(1); });
          process.nextTick(() => setTimeout(() => { small.fill(2); large.fill(2); }, 0));
          return { small, large };
        } }`);
      const { outputs } = await bench.succeed(executor, task);
      expect(outputs.map(({ digest }) => digest)).toEqual([sha256(new Uint8Array(8)), sha256(new Uint8Array(5000))]);
    });

    const SEEN = `[
      typeof globalThis.left, [].sum === undefined, ''.left === undefined, Math.random === random, Math.PI > 3,
      typeof fs.readFileSync, process.env.LEFT === undefined, process.cwd() === params.directory,
      Object.keys({ ...{} }).length, JSON.stringify({ a: 1 }), typeof [].flat, Error.stackTraceLimit === limit,
      process.listenerCount('beforeExit'), Object.getPrototypeOf(Int8Array.prototype).left === undefined,
      Object.isExtensible(Array.prototype) ]`;

    test.each([
      [
        'what it adds to globals and their prototypes, or takes from them',
        `globalThis.left = 1;
         Array.prototype.sum = () => 1;
         Object.defineProperty(String.prototype, 'left', { value: 1, configurable: true });
         delete Array.prototype.flat;
         Object.getPrototypeOf(Int8Array.prototype).left = 1;`,
        ['left', 'Array.prototype.sum', 'String.prototype.left', 'Array.prototype.flat', 'TypedArray.prototype.left'],
      ],
      [
        'what it replaces in them and in built-in modules',
        "Math.random = () => 0.5; JSON.stringify = () => '7'; fs.readFileSync = 7;",
        ['Math.random', 'JSON.stringify', 'fs.readFileSync'],
      ],
      [
        'environment variables, a working directory and limits of its own',
        "process.env.LEFT = 'x'; process.chdir('/'); Error.stackTraceLimit = 3;",
        ['process.env.LEFT', 'the working directory', 'Error.stackTraceLimit'],
      ],
    ])('the next one does not see %s', async (_, changes, named) => {
      const prelude =
        "import fs from 'node:fs'; const random = Math.random; const limit = Error.stackTraceLimit; process.cwd();";
      const params = { directory: process.cwd() };
      const look = bench.module(`{ run: ({ params }) => ({ out: ${SEEN} }) }`, prelude);
      const seen = async (): Promise<unknown> =>
        bench.value((await bench.succeed(executor, bench.task(look, { params }))).outputs[0]!);
      const before = await seen();
      const hostile = bench.task(bench.module(`{ run: () => { ${changes} return { out: 1 }; } }`, prelude));
      await bench.succeed(executor, hostile);
      const [{ text } = { text: '' }] = bench.of('log', hostile);
      const [, list = ''] = /^\[restage\] Stage test\/stage changed (.*) for all code of /.exec(text) ?? [];
      expect(list.split(', ').sort()).toEqual(named.toSorted());
      expect(await seen()).toEqual(before);
    });

    test('a stage that imports built-in modules whole, and a package, has changed nothing', async () => {
      const modules = [
        'process',
        'fs',
        'os',
        'http',
        'https',
        'dns',
        'net',
        'tls',
        'util',
        'v8',
        'vm',
        'zlib',
        'events',
      ];
      const builtin = modules.map((name, i) => `import all${i}, * as every${i} from 'node:${name}';`).join('\n');
      const prelude = `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};\n${builtin}`;
      const named = modules.map((_, i) => `Object.keys(every${i}).length`).join(' + ');
      const task = bench.stageTask(`{ params: z.strictObject({}), run: () => ({ out: ${named} }) }`, {}, prelude);
      await bench.succeed(executor, task);
      expect(bench.of('log', task)).toEqual([]);
    });

    test('a listener that a stage leaves on process is removed', async () => {
      const count = bench.module("{ run: () => ({ out: process.listenerCount('beforeExit') }) }");
      const hostile = bench.stageTask(
        "{ run() { process.on('beforeExit', () => {}); process.once('beforeExit', () => {}); return { out: 1 }; } }",
      );
      await bench.succeed(executor, hostile);
      expect(bench.of('log', hostile).map(({ text }) => text)).toEqual([
        '[restage] Stage test/stage ended with 2 listeners on process; removed, so that nothing runs after its end.',
      ]);
      expect(bench.value((await bench.succeed(executor, bench.task(count))).outputs[0]!)).toBe(0);
    });
  });
}
