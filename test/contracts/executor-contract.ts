/** The contract of every executor as one test suite, with the bench that it runs on. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/core/artifact/artifact.ts';
import { json } from '../../src/core/artifact/codecs/json.ts';
import { table } from '../../src/core/artifact/codecs/table.ts';
import { type CacheKey, sha256 } from '../../src/core/identity/digest.ts';
import { nodeSeed, streamsOf } from '../../src/core/identity/random.ts';
import type { Executor, ExecutorEvent, Task, TaskInput } from '../../src/executors/contract.ts';
import { asFactory } from '../../src/identity/code/stage-factory.ts';
import { ObjectStore } from '../../src/store/objects/object-store.ts';

export type EventOf<T extends ExecutorEvent['type']> = Extract<ExecutorEvent, { readonly type: T }>;
type LastEvent = EventOf<'succeeded' | 'failed'>;

export interface ExecutorParts {
  readonly cacheDirectory: string;
  readonly onEvent: (event: ExecutorEvent) => void;
  readonly gracefulMs?: number;
}

/** A temporary cache, stage modules in files, and every event that the executor has emitted so far. */
export class ExecutorBench {
  readonly directory = mkdtempSync(join(tmpdir(), 'restage-executor-'));
  readonly cacheDirectory = join(this.directory, 'cache');
  readonly store = new ObjectStore(this.cacheDirectory);
  readonly events: ExecutorEvent[] = [];
  readonly #waiting = new Set<(event: ExecutorEvent) => void>();
  #modules = 0;
  #tasks = 0;
  #state = 0;
  readonly #resolve: (source: string) => string;

  /** @param resolve returns the path of a restage module in the form that the executor's process can load. */
  constructor(resolve: (source: string) => string = sourceModule) {
    this.#resolve = resolve;
    // It is the root of the project as well, where workers start.
    mkdirSync(this.cacheDirectory, { recursive: true });
  }

  readonly onEvent = (event: ExecutorEvent): void => {
    this.events.push(event);
    for (const look of this.#waiting) look(event);
  };

  /** A module that makes a stage with this definition; `prelude` comes before it. */
  module(definition: string, prelude = ''): string {
    const file = join(this.directory, `stage-${this.#modules++}.mjs`);
    const source = (path: string): string => JSON.stringify(pathToFileURL(this.#resolve(path)).href);
    const { text } = asFactory(
      {
        map: JSON.stringify({ version: 3, sources: [], names: [], mappings: '' }),
        text: `import { stage, many } from ${source('core/authoring/stage.ts')};
import { json } from ${source('core/artifact/codecs/json.ts')};
import { table } from ${source('core/artifact/codecs/table.ts')};
import { text } from ${source('core/artifact/codecs/text.ts')};
import { bytes } from ${source('core/artifact/codecs/bytes.ts')};
import { weights } from ${source('core/artifact/codecs/weights.ts')};
import { file } from ${source('core/artifact/codecs/file.ts')};
import { DataError } from ${source('errors.ts')};
import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
${prelude}
const made = stage({ name: 'test/stage', params: z.strictObject({}), inputs: {}, outputs: { out: json() }, ...${definition} });
export { made as default };
`,
      },
      () => undefined,
    );
    writeFileSync(file, text);
    return file;
  }

  task(module: string, changes: Partial<Task> = {}): Task {
    const id = `task-${this.#tasks++}`;
    return {
      id,
      node: 'some-node',
      stage: 'test/stage',
      cacheKey: createHash('sha256').update(id).digest('hex') as CacheKey,
      module,
      params: {},
      inputs: [],
      seed: null,
      backend: null,
      devices: [],
      env: {},
      declares: { env: [], reads: [], effects: [], packages: [], strict: false },
      timeoutSeconds: null,
      checkpointFile: join(this.cacheDirectory, 'checkpoints', `state-${this.#state}`),
      ...changes,
    };
  }

  /** A task of a stage with this definition. */
  stageTask(definition: string, changes: Partial<Task> = {}, prelude = ''): Task {
    return this.task(this.module(definition, prelude), changes);
  }

  /** Resolves with the first matching event, past or future. */
  event<E extends ExecutorEvent>(matches: (event: ExecutorEvent) => event is E): Promise<E> {
    const past = this.events.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const look = (event: ExecutorEvent): void => {
        if (!matches(event)) return;
        this.#waiting.delete(look);
        resolve(event);
      };
      this.#waiting.add(look);
    });
  }

  ended(task: Task): Promise<LastEvent> {
    return this.event(
      (event): event is LastEvent => (event.type === 'succeeded' || event.type === 'failed') && event.task === task.id,
    );
  }

  logged(task: Task, text: string): Promise<EventOf<'log'>> {
    return this.event(
      (event): event is EventOf<'log'> => event.type === 'log' && event.task === task.id && event.text === text,
    );
  }

  of<T extends ExecutorEvent['type']>(type: T, task: Task): readonly EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type && event.task === task.id);
  }

  async succeed(executor: Executor, task: Task): Promise<EventOf<'succeeded'>> {
    executor.submit(task);
    const event = await this.ended(task);
    if (event.type === 'failed')
      throw new Error(`the task failed: ${event.failure.message}\n${event.failure.stack ?? ''}`);
    return event;
  }

  async fail(executor: Executor, task: Task): Promise<EventOf<'failed'>['failure']> {
    executor.submit(task);
    const event = await this.ended(task);
    if (event.type === 'succeeded') throw new Error('the task succeeded');
    return event.failure;
  }

  /** The decoded value of a JSON output. */
  value(output: Artifact): unknown {
    const bytes = output.inline ?? this.store.read(output.digest, output.bytes, { verify: true });
    expect(sha256(bytes)).toBe(output.digest);
    return json().decode(bytes, 'out');
  }

  inlineInput(slot: string, value: unknown, index: number | null = null): TaskInput {
    const bytes = Buffer.concat(json<unknown>().encode(value, slot));
    return { slot, index, source: { type: 'artifact', digest: sha256(bytes), bytes: bytes.length, inline: bytes } };
  }

  storedInput(slot: string, chunks: readonly Uint8Array[]): TaskInput {
    return { slot, index: null, source: { type: 'artifact', ...this.store.put(chunks), inline: null } };
  }

  fileInput(slot: string, content: string): TaskInput & { readonly source: { readonly path: string } } {
    const path = join(this.directory, `${slot}.txt`);
    writeFileSync(path, content);
    const source = { type: 'file' as const, path, digest: sha256(content), bytes: Buffer.byteLength(content) };
    return { slot, index: null, source };
  }

  /** Starts a new test: earlier events are forgotten. */
  forget(): void {
    this.events.length = 0;
    this.#state++;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Path of a restage module in the sources. */
function sourceModule(source: string): string {
  return fileURLToPath(new URL(`../../src/${source}`, import.meta.url));
}

export function testExecutor(
  name: string,
  create: (parts: ExecutorParts) => Executor,
  resolve: (source: string) => string = sourceModule,
): void {
  describe(`the ${name} executor, as any other,`, () => {
    const bench = new ExecutorBench(resolve);
    const parts = { cacheDirectory: bench.cacheDirectory, onEvent: bench.onEvent };
    // A long grace period, so that a busy machine does not change the outcome.
    const executor = create({ ...parts, gracefulMs: 60_000 });
    beforeEach(() => {
      bench.forget();
    });
    afterAll(async () => {
      await executor.close();
      bench.remove();
    });

    test('runs a stage: reports its start first, then its outputs and its usage', async () => {
      const task = bench.stageTask('{ run: ({ params, env }) => ({ out: [params.x, env.NAME] }) }', {
        params: { x: 7 },
        env: { NAME: 'value' },
      });
      const { outputs, usage, backend } = await bench.succeed(executor, task);
      expect(outputs.map(({ name: output, bytes }) => [output, bytes])).toEqual([['out', 11]]);
      expect(bench.value(outputs[0]!)).toEqual([7, 'value']);
      expect(usage.endedAt).toBeGreaterThanOrEqual(usage.startedAt);
      expect(backend).toBeNull();
      expect(bench.events.map(({ type }) => type)).toEqual(['started', 'succeeded']);
    });

    test('emits nothing before submit has returned', async () => {
      const task = bench.stageTask('{ run: () => ({ out: 1 }) }');
      executor.submit(task);
      executor.cancel(task.id);
      expect(bench.events).toEqual([]);
      await bench.ended(task);
    });

    test('says of an attempt of another process that it is gone, unless attempts outlive their process', async () => {
      if (executor.lifetime === 'detached') return;
      const task = bench.stageTask('{ run: () => ({ out: 1 }) }');
      executor.reattach(task, { job: 17 });
      expect(bench.events).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(bench.events).toEqual([{ type: 'gone', task: task.id }]);
    });

    test('stores small outputs inline and large ones as objects', async () => {
      const task = bench.stageTask(`{
        outputs: { small: json(), large: table(), edge: bytes(), beyond: bytes() },
        run: () => ({ small: { a: [1, null] }, large: { rows: 1000, columns: { x: new Float64Array(1000).fill(0.5) } },
          edge: new Uint8Array(4096), beyond: new Uint8Array(4097) }),
      }`);
      const { outputs } = await bench.succeed(executor, task);
      expect(outputs.map(({ name: output, kind, inline }) => [output, kind, inline?.length])).toEqual([
        ['small', 'json', 14],
        ['large', 'table', undefined],
        ['edge', 'bytes', 4096],
        ['beyond', 'bytes', undefined],
      ]);
      const large = outputs[1]!;
      const decoded = table().decode(bench.store.read(large.digest, large.bytes, { verify: true }), 'large');
      expect(decoded.columns.x).toEqual(new Float64Array(1000).fill(0.5));
    });

    test('gives a stage its inputs by slot, in order, each decoded once, from inline bytes, objects and files', async () => {
      const columns = { x: new Float64Array([1, 2, 3]), y: new Float64Array(1000) };
      const task = bench.stageTask(
        `{
        inputs: { one: json(), list: many(json()), none: many(json()), table: table(), raw: file() },
        async run({ inputs }) {
          const list = await Promise.all(inputs.list.map((input) => input.read()));
          const raw = await inputs.raw.read();
          const table = await inputs.table.read();
          const same = await inputs.table.read() === table;
          return { out: { one: await inputs.one.read(), list, none: inputs.none.length, sum: table.columns.x[2],
            raw: readFileSync(raw.path, 'utf8'), bytes: raw.bytes, digest: raw.digest === inputs.raw.digest, same } };
        } }`,
        {
          inputs: [
            bench.inlineInput('list', 'c', 2),
            bench.inlineInput('list', 'a', 0),
            bench.inlineInput('one', { is: 1 }),
            bench.inlineInput('list', 'b', 1),
            bench.storedInput(
              'table',
              table().encode({ rows: 3, columns: { x: columns.x, y: new Float64Array(3) } }, ''),
            ),
            bench.fileInput('raw', 'words'),
          ],
        },
      );
      const { outputs } = await bench.succeed(executor, task);
      expect(bench.value(outputs[0]!)).toEqual({
        one: { is: 1 },
        list: ['a', 'b', 'c'],
        none: 0,
        sum: 3,
        raw: 'words',
        bytes: 5,
        digest: true,
        same: true,
      });
    });

    test('gives inline bytes at an offset where typed arrays can share them, wherever they came from', async () => {
      const bytes = Buffer.concat([Buffer.from([9]), new Uint8Array(new Float64Array([0.5, 2]).buffer)]).subarray(1);
      const task = bench.stageTask(
        `{ inputs: { raw: bytes() }, async run({ inputs }) {
          const raw = await inputs.raw.read();
          return { out: [...new Float64Array(raw.buffer, raw.byteOffset, 2)] };
        } }`,
        {
          inputs: [
            {
              slot: 'raw',
              index: null,
              source: { type: 'artifact', digest: sha256(bytes), bytes: bytes.length, inline: bytes },
            },
          ],
        },
      );
      expect(bench.value((await bench.succeed(executor, task)).outputs[0]!)).toEqual([0.5, 2]);
    });

    test('reads only the inputs that the stage reads', async () => {
      const missing: TaskInput = {
        slot: 'a',
        index: null,
        source: { type: 'artifact', digest: sha256('missing'), bytes: 5000, inline: null },
      };
      const ignoring = bench.stageTask('{ inputs: { a: json() }, run: () => ({ out: 1 }) }', { inputs: [missing] });
      await bench.succeed(executor, ignoring);
      const reading = bench.stageTask(
        '{ inputs: { a: json() }, run: async ({ inputs }) => ({ out: await inputs.a.read() }) }',
        {
          inputs: [missing],
        },
      );
      const failure = await bench.fail(executor, reading);
      expect(failure).toMatchObject({ class: 'error', stack: null });
      expect(failure.message).toMatch(/^The artifact .{8} at .* is missing; run again/);
    });

    test('distinguishes damaged bytes from bytes of another kind', async () => {
      const definition =
        '{ inputs: { a: table() }, run: async ({ inputs }) => ({ out: (await inputs.a.read()).rows }) }';
      const other = bench.storedInput('a', [Buffer.alloc(5000, 'x')]);
      expect((await bench.fail(executor, bench.stageTask(definition, { inputs: [other] }))).message).toMatch(
        /^Input a of node some-node is not a file of typed arrays/,
      );
      const { source } = bench.storedInput(
        'a',
        table().encode({ rows: 1000, columns: { x: new Float64Array(1000) } }, ''),
      );
      rmSync(bench.store.path(source.digest));
      writeFileSync(bench.store.path(source.digest), Buffer.alloc(source.bytes, 'x'));
      const damaged = bench.stageTask(definition, { inputs: [{ slot: 'a', index: null, source }] });
      expect((await bench.fail(executor, damaged)).message).toMatch(/does not hold what was stored; run again/);
    });

    test('freezes params, all the way down', async () => {
      const task = bench.stageTask('{ run({ params }) { params.list[0].x = 2; return { out: 1 }; } }', {
        params: { list: [{ x: 1 }] },
      });
      expect((await bench.fail(executor, task)).message).toMatch(/^TypeError: Cannot assign to read only property 'x'/);
    });

    test('gives random streams of the seed to stages that declare them, and a sentence to others', async () => {
      const seed = nodeSeed(1, 'test/stage', 'some-node');
      const run = "run: ({ rng }) => ({ out: rng('folds').uint32() })";
      const { outputs } = await bench.succeed(executor, bench.stageTask(`{ random: true, ${run} }`, { seed }));
      expect(bench.value(outputs[0]!)).toBe(streamsOf(seed)('folds').uint32());
      expect(await bench.fail(executor, bench.stageTask(`{ ${run} }`))).toMatchObject({
        class: 'error',
        message: 'Stage test/stage uses rng without declaring it; add "random: true" to its definition.',
        stack: null,
      });
      const backend = await bench.fail(executor, bench.stageTask('{ run: ({ backend }) => ({ out: backend.name }) }'));
      expect(backend.message).toBe(
        'Stage test/stage uses backend without declaring it; add "compute: true" to its definition.',
      );
    });

    describe('reports as a failure of class error', () => {
      test("an exception, with the stack in the author's file", async () => {
        const module = bench.module(
          '{ run() { helper(); } }',
          'function helper() { throw new RangeError("boom\\nmore"); }',
        );
        const failure = await bench.fail(executor, bench.task(module));
        expect(failure).toMatchObject({ class: 'error', message: 'RangeError: boom', exitCode: null, signal: null });
        expect(failure.stack).toMatch(/^RangeError: boom\nmore\n\s+at helper \(.*stage-\d+\.mjs/);
        expect(failure.stack).not.toMatch(/executors.attempt.attempt/);
      });

      test('the cause of an exception', async () => {
        const run = 'run() { throw new Error("outer", { cause: new Error("inner") }); }';
        const failure = await bench.fail(executor, bench.stageTask(`{ ${run} }`));
        expect(failure.message).toBe('outer');
        expect(failure.stack).toMatch(/Caused by: Error: inner\n/);
      });

      test('a DataError, as one sentence without a stack, also from a copy of its class', async () => {
        const own = await bench.fail(executor, bench.stageTask('{ run() { throw new DataError("Row 3 is odd."); } }'));
        expect(own).toEqual({ class: 'error', message: 'Row 3 is odd.', stack: null, exitCode: null, signal: null });
        const copy = 'class Copy extends Error { [Symbol.for("restage.error")] = true; }';
        const module = bench.module('{ run() { throw new Copy("Row 4 is odd."); } }', copy);
        expect(await bench.fail(executor, bench.task(module))).toMatchObject({ message: 'Row 4 is odd.', stack: null });
      });

      test('a thrown value that is not an Error', async () => {
        const failure = await bench.fail(executor, bench.stageTask('{ run() { throw { odd: 1 }; } }'));
        expect(failure.message).toBe('The stage threw { odd: 1 }, which is not an Error.');
      });

      test.each([
        [
          'nothing',
          'undefined',
          'Stage test/stage returned undefined; it declares out and must return an object with it.',
        ],
        [
          'too few outputs',
          '{ }',
          'Stage test/stage returned no output "out"; it declares out and returned an empty object.',
        ],
        [
          'too many outputs',
          '{ out: 1, more: 2 }',
          'Stage test/stage returned an output "more" that it does not declare; it declares out.',
        ],
        ['a symbol', '{ out: Symbol("x") }', /^Output out of node some-node is a symbol/],
        ['a value without a canonical form', '{ out: { a: [NaN] } }', /^Output out of node some-node\.a\[0\] is NaN/],
        ['an output whose getter throws', '{ out: { get x() { throw new Error("mine"); } } }', /mine/],
      ])('a stage that returns %s, with the place of the stage', async (_, result, message) => {
        const task = bench.stageTask(`{ run: () => (${result}) }`);
        const failure = await bench.fail(executor, task);
        expect(failure.class).toBe('error');
        expect(failure.message).toMatch(message);
        const line = readFileSync(task.module, 'utf8')
          .split('\n')
          .findIndex((text) => text.startsWith('export default'));
        expect(failure.stack).toMatch(new RegExp(`^[^\\n]+\\n\\s+at (?:file:\\/\\/)?${task.module}:${line + 1}:\\d+`));
      });

      test('an output that does not fit its codec', async () => {
        const task = bench.stageTask('{ outputs: { t: table() }, run: () => ({ t: 7 }) }');
        expect((await bench.fail(executor, task)).message).toMatch(
          /^Output t of node some-node is the number 7; give { rows, columns }\.$/,
        );
      });

      test('a module that cannot be loaded, or has no stage', async () => {
        const broken = bench.module('{ run() {} }', 'throw new Error("at the top");');
        expect((await bench.fail(executor, bench.task(broken))).message).toBe('at the top');
        const empty = join(bench.directory, 'empty.mjs');
        writeFileSync(empty, 'export default 7;');
        expect((await bench.fail(executor, bench.task(empty))).message).toMatch(/empty\.mjs makes no stage$/);
      });

      test.each([
        ['"loss", "0.5"', 'reports the metric loss as "0.5"; give a number'],
        ['"loss", undefined', 'reports the metric loss as undefined; give a number'],
        ['"loss", 5n', 'reports the metric loss as 5n; give a number'],
        ['"loss", 1, 0.5', 'reports the metric loss with the step 0.5; give a whole number'],
        ['"loss", 1, null', 'reports the metric loss with the step null; give a whole number'],
        ['undefined, 1', 'reports a metric called undefined; give its name as a text of 1 to 200 characters'],
        ['"", 1', 'reports a metric called ""; give its name as a text of 1 to 200 characters'],
        ['Symbol("x"), 1', 'reports a metric called Symbol(x); give its name as a text of 1 to 200 characters'],
        [
          '"a\\u001b[31m", 1',
          'reports a metric called "a\\u001b[31m", which has characters that cannot be shown; give a name to read',
        ],
        [
          '"x".repeat(201), 1',
          `reports a metric with a name of 201 characters, "${'x'.repeat(40)}"; give 1 to 200 characters`,
        ],
      ])('a call of metric(%s), even if the stage catches the error', async (given, said) => {
        const run = `run({ metric }) { try { metric(${given}); } catch {} return { out: 1 }; }`;
        const failure = await bench.fail(executor, bench.stageTask(`{ ${run} }`));
        expect(failure.message).toBe(`Node some-node ${said}.`);
        expect(failure.stack).toMatch(/stage-\d+\.mjs:\d+/);
      });

      test('progress that is not a finite number, even if the stage catches the error', async () => {
        const run = 'run({ progress }) { try { progress(0 / 0, 1 / 0); } catch {} return { out: 1 }; }';
        const failure = await bench.fail(executor, bench.stageTask(`{ ${run} }`));
        expect(failure.message).toBe('Progress of node some-node is NaN of Infinity; both must be finite numbers.');
        expect(failure.stack).toMatch(/stage-\d+\.mjs:\d+/);
      });
    });

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
        ['a global', 'globalThis.left = 1;', 'left'],
        ['a method for all arrays', 'Array.prototype.sum = () => 1;', 'Array.prototype.sum'],
        [
          'one that is not enumerable, of strings',
          "Object.defineProperty(String.prototype, 'left', { value: 1, configurable: true });",
          'String.prototype.left',
        ],
        ['a member of Math', 'Math.random = () => 0.5;', 'Math.random'],
        ['a member of JSON', "JSON.stringify = () => '7';", 'JSON.stringify'],
        ['a method that is gone', 'delete Array.prototype.flat;', 'Array.prototype.flat'],
        ['a hidden intrinsic', 'Object.getPrototypeOf(Int8Array.prototype).left = 1;', 'TypedArray.prototype.left'],
        ['a function of a built-in module', 'fs.readFileSync = 7;', 'fs.readFileSync'],
        ['an environment variable', "process.env.LEFT = 'x';", 'process.env.LEFT'],
        ['the working directory', "process.chdir('/');", 'the working directory'],
        ['a limit', 'Error.stackTraceLimit = 3;', 'Error.stackTraceLimit'],
      ])('the next one does not see %s', async (_, change, named) => {
        const prelude =
          "import fs from 'node:fs'; const random = Math.random; const limit = Error.stackTraceLimit; process.cwd();";
        const params = { directory: process.cwd() };
        const look = bench.module(`{ run: ({ params }) => ({ out: ${SEEN} }) }`, prelude);
        const seen = async (): Promise<unknown> =>
          bench.value((await bench.succeed(executor, bench.task(look, { params }))).outputs[0]!);
        const before = await seen();
        const hostile = bench.task(bench.module(`{ run: () => { ${change} return { out: 1 }; } }`, prelude));
        await bench.succeed(executor, hostile);
        const [{ text } = { text: '' }] = bench.of('log', hostile);
        expect(text).toMatch(/^\[restage\] Stage test\/stage changed (.*) for all code of /);
        expect(text).toContain(named);
        expect(await seen()).toEqual(before);
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

    describe('checks external files', () => {
      const reading = (change: string): string => `{ inputs: { raw: file() }, async run({ inputs }) {
        const { path } = await inputs.raw.read();
        ${change}
        return { out: readFileSync(path, 'utf8') };
      } }`;

      test('one that changes while the stage reads it fails the stage', async () => {
        const change = "writeFileSync(path, 'swords');";
        const task = bench.stageTask(reading(change), { inputs: [bench.fileInput('raw', 'words')] });
        const failure = await bench.fail(executor, task);
        expect(failure).toMatchObject({ class: 'error', stack: null });
        expect(failure.message).toMatch(/^The file .*raw\.txt was changed or removed after this run had hashed it/);
      });

      test('one that was rewritten with the same bytes before the stage starts does not', async () => {
        const input = bench.fileInput('raw', 'words');
        writeFileSync(input.source.path, 'words');
        await bench.succeed(executor, bench.stageTask(reading(''), { inputs: [input] }));
      });

      test.each([
        [
          'written',
          "writeFileSync(path, 'sword'); const seen = readFileSync(path, 'utf8'); writeFileSync(path, 'words');",
        ],
        [
          'moved',
          "renameSync(path, path + '.aside'); writeFileSync(path, 'sword'); const seen = readFileSync(path, 'utf8'); renameSync(path + '.aside', path);",
        ],
        [
          'written under its old date',
          "const { atime, mtime } = statSync(path); writeFileSync(path, 'sword'); const seen = readFileSync(path, 'utf8'); writeFileSync(path, 'words'); utimesSync(path, atime, mtime);",
        ],
      ])('one that is %s and put back while the stage reads it fails the stage', async (_, change) => {
        const run = `async run({ inputs }) { const { path } = await inputs.raw.read(); ${change} return { out: seen }; }`;
        const module = bench.module(
          `{ inputs: { raw: file() }, ${run} }`,
          "import { renameSync, statSync, utimesSync } from 'node:fs';",
        );
        const failure = await bench.fail(executor, bench.task(module, { inputs: [bench.fileInput('raw', 'words')] }));
        expect(failure.message).toMatch(
          /^The file .*raw\.txt was written or touched while node some-node could read it, so its result is rejected/,
        );
      });

      test('one whose bytes changed under an unchanged date does', async () => {
        const input = bench.fileInput('raw', 'words');
        const { atime, mtime } = statSync(input.source.path);
        const task = bench.stageTask(reading("writeFileSync(path, 'sword'); log: appendFileSync(path, '');"), {
          inputs: [input],
        });
        executor.submit(task);
        await bench.event((event): event is ExecutorEvent => event.type === 'started');
        utimesSync(input.source.path, atime, mtime);
        expect((await bench.ended(task)).type).toBe('failed');
      });

      test('one that was changed between the hashing and the start, to the same length, fails the stage', async () => {
        const input = bench.fileInput('raw', 'words');
        writeFileSync(input.source.path, 'sword');
        const failure = await bench.fail(executor, bench.stageTask(reading(''), { inputs: [input] }));
        expect(failure.message).toMatch(/was changed or removed after this run had hashed it/);
      });

      test('one that is missing, or has a different length, fails the stage before it runs', async () => {
        const input = bench.fileInput('raw', 'words');
        writeFileSync(input.source.path, 'many words');
        const changed = await bench.fail(executor, bench.stageTask(reading(''), { inputs: [input] }));
        expect(changed.message).toMatch(
          /was changed or removed after this run had hashed it, so its result is rejected/,
        );
        rmSync(input.source.path);
        const gone = await bench.fail(executor, bench.stageTask(reading(''), { inputs: [input] }));
        expect(gone.message).toMatch(/^The file .*raw\.txt was changed or removed after this run had hashed it/);
      });
    });

    describe('keeps checkpoints', () => {
      const counting = `{ async run({ checkpoint, params }) {
        const before = (await checkpoint.load()) ?? { steps: new Float32Array(0) };
        const steps = new Float32Array([...before.steps, before.steps.length]);
        await checkpoint.save({ steps, note: 'é' });
        if (steps.length < params.until) throw new Error('interrupted after ' + steps.length);
        return { out: [...steps] };
      } }`;

      test('from one attempt to the next, until one succeeds', async () => {
        const module = bench.module(counting);
        const attempt = (): Task => bench.task(module, { params: { until: 3 } });
        expect((await bench.fail(executor, attempt())).message).toBe('interrupted after 1');
        expect((await bench.fail(executor, attempt())).message).toBe('interrupted after 2');
        const last = attempt();
        expect(existsSync(last.checkpointFile)).toBe(true);
        expect(bench.value((await bench.succeed(executor, last)).outputs[0]!)).toEqual([0, 1, 2]);
        expect(existsSync(last.checkpointFile)).toBe(false);
      });

      test.each([
        ['truncated', (file: string) => writeFileSync(file, Buffer.alloc(20))],
        ['overwritten', (file: string) => writeFileSync(file, Buffer.alloc(100, 'x'))],
        ['empty', (file: string) => writeFileSync(file, '')],
        [
          'inconsistent with its digest',
          (file: string) =>
            writeFileSync(file, Buffer.concat([Buffer.alloc(32), serialize({ steps: new Float32Array(5) })])),
        ],
      ])('and starts again from the beginning if the file is %s', async (_, damage) => {
        const task = bench.stageTask(counting, { params: { until: 1 } });
        mkdirSync(join(task.checkpointFile, '..'), { recursive: true });
        damage(task.checkpointFile);
        expect(bench.value((await bench.succeed(executor, task)).outputs[0]!)).toEqual([0]);
      });
    });

    test('executes 1,000 trivial tasks, each with one end and its own result', async () => {
      const module = bench.module('{ run: ({ params }) => ({ out: params.i }) }');
      const tasks = Array.from({ length: 1000 }, (_, i) => bench.task(module, { params: { i }, harmless: true }));
      for (const task of tasks) executor.submit(task);
      const ends = await Promise.all(tasks.map((task) => bench.ended(task)));
      expect(ends.map((end) => (end.type === 'succeeded' ? bench.value(end.outputs[0]!) : end.failure))).toEqual(
        tasks.map((_, i) => i),
      );
      const started = bench.events.flatMap((event) => (event.type === 'started' ? [event.task] : []));
      expect(started).toEqual(tasks.map(({ id }) => id));
    });
  });
}
