/** Tasks that go together in one worker process: each has its own events and its own end. */
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { ExecutorEvent, Task } from '../../../src/executors/contract.ts';
import { FileServer } from '../../helpers/file-server.ts';
import { WorkerBench } from './worker-bench.ts';

const bench = new WorkerBench();
/** What a test does while an event is told. */
let react: (event: ExecutorEvent) => void;
// One for all: what a test leaves is a worker that can be used again, or one that is replaced.
const executor = bench.open({
  onEvent: (event) => {
    bench.onEvent(event);
    react(event);
  },
});
/** Stages wait for it. */
const GO = join(bench.directory, 'go');
beforeEach(() => {
  bench.forget();
  react = () => undefined;
  rmSync(GO, { force: true });
});
afterAll(() => bench.close());

/** A stage whose nodes go together, each by the code of `one` with its `context`; alone, it says so. */
const together = (one: string, before = ''): string =>
  `{ compute: true, random: true, ${before}
     run: (context) => ({ out: ['alone', context.params] }),
     runTogether: (contexts) => contexts.map(async (context) => { ${one} }) }`;

/** Tasks of the same stage, each with its letter as node and parameter. */
function tasksOf(definition: string, letters = 'abc', more: Partial<Task> = {}, prelude = ''): readonly Task[] {
  const module = bench.module(definition, prelude);
  return Array.from(letters, (letter) =>
    bench.task(module, {
      node: letter,
      params: { letter },
      seed: sha256(letter),
      checkpointFile: join(bench.cacheDirectory, 'checkpoints', letter),
      ...more,
    }),
  );
}

async function submitted(tasks: readonly Task[]) {
  executor.submitTogether(tasks);
  return Promise.all(tasks.map((task) => bench.ended(task)));
}

/** Submits tasks and waits until each of them executes. */
async function logged(tasks: readonly Task[], by = executor): Promise<void> {
  by.submitTogether(tasks);
  await Promise.all(tasks.map((task) => bench.logged(task, 'runs')));
}

const values = (ended: Awaited<ReturnType<typeof submitted>>): readonly unknown[] =>
  ended.map((event) =>
    event.type === 'succeeded' ? event.outputs.map((output) => bench.value(output)) : event.failure,
  );
const texts = (task: Task): readonly string[] => bench.of('log', task).map(({ text }) => text);

const WAITS =
  "context.log('runs'); await new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)));";
const UNTIL_GO = `await new Promise((resolve) => { const look = () => existsSync(${JSON.stringify(GO)}) ? resolve() : setTimeout(look, 1); look(); });`;

describe('tasks that go together', () => {
  test('execute in one call in one process, each with its own context, outputs and events', async () => {
    const tasks = tasksOf(
      together(
        `context.log('log of ' + context.params.letter);
         context.metric('loss', context.params.letter.charCodeAt(0));
         context.progress(1, 2, context.params.letter);
         const before = await context.checkpoint.load();
         await context.checkpoint.save(context.params.letter);
         return { out: [contexts.length, calls, context.params.letter, context.rng('x').integer(1e9), before ?? null, await context.checkpoint.load()] };`,
      ),
      'abc',
      {},
      'let calls = 0;',
    );
    const ended = await submitted(tasks);
    const alone = await Promise.all(
      tasks.map(async ({ node, seed }) => {
        const task = bench.stageTask("{ random: true, run: ({ rng }) => ({ out: rng('x').integer(1e9) }) }", {
          node,
          seed,
        });
        return bench.value((await bench.succeed(executor, task)).outputs[0]!);
      }),
    );
    expect(values(ended)).toEqual(['a', 'b', 'c'].map((letter, n) => [[3, 0, letter, alone[n], null, letter]]));
    expect(new Set(tasks.map((task) => bench.pidOf(task))).size).toBe(1);
    for (const task of tasks) {
      expect(bench.of('metric', task)).toMatchObject([{ name: 'loss', value: task.node.charCodeAt(0) }]);
      expect(bench.of('progress', task)).toMatchObject([{ note: task.node }]);
      expect(texts(task)).toContain(`log of ${task.node}`);
      expect(existsSync(task.checkpointFile)).toBe(false);
    }
  });

  test('say in each log with whom they went and whose the time was; of the process, nothing is theirs', async () => {
    const tasks = tasksOf(together('return { out: 1 };'), 'ab', { devices: ['gpu:0'] });
    const ended = await submitted(tasks);
    expect(texts(tasks[0]!)).toEqual([
      '[restage] It goes together with another node on gpu:0, as one program: b.',
      expect.stringMatching(
        /^\[restage\] Its share of these [\d.]+ s, in which others went on as well, is [\d.]+ s\.$/,
      ),
    ]);
    for (const { usage } of ended) {
      expect(usage).toMatchObject({ cpuSeconds: null, peakBytes: null });
      expect(usage.seconds).toBeGreaterThanOrEqual(0);
    }
  });

  test('share what they print and what they start, which ends with the last of them', async () => {
    const tasks = tasksOf(
      together(
        `if (context.params.letter === 'b') { ${UNTIL_GO} return { out: fired }; }
         console.log('printed'); setInterval(() => { fired++; appendFileSync(${JSON.stringify(GO)}, 'x'); }, 1);
         return { out: 0 };`,
      ),
      'ab',
      {},
      'let fired = 0;',
    );
    const ended = await submitted(tasks);
    expect(values(ended)).toEqual([[0], [expect.any(Number)]]);
    for (const task of tasks) expect(texts(task)).toContain('printed');
    const stopped =
      '[restage] Stage test/stage ended with a timer still set; stopped, so that nothing runs after its end.';
    expect(tasks.map((task) => texts(task).includes(stopped))).toEqual([false, true]);
  });

  test('leave the process to later tasks', async () => {
    const tasks = tasksOf(together('return { out: 1 };'));
    await submitted(tasks);
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).toBe(bench.pidOf(tasks[0]!));
  });

  test('begin without one whose inputs cannot be read, and a single one executes as it does alone', async () => {
    const tasks = tasksOf(
      "{ compute: true, inputs: { text: file() }, run: ({ params }) => ({ out: ['alone', params] }), runTogether: (all) => all.map(async ({ params }) => ({ out: params })) }",
      'abc',
      { inputs: [bench.fileInput('text', 'content')] },
    );
    const broken = (task: Task): Task => ({
      ...task,
      inputs: task.inputs.map((input) => ({ ...input, source: { ...input.source, bytes: 3 } }) as never),
    });
    const two = await submitted([broken(tasks[0]!), tasks[1]!, tasks[2]!]);
    expect(two[0]).toMatchObject({ failure: { class: 'error' }, ofParty: false });
    expect(values(two).slice(1)).toEqual([[{ letter: 'b' }], [{ letter: 'c' }]]);
    bench.forget();
    const one = await submitted([broken(tasks[0]!), tasks[1]!]);
    expect(values(one)[1]).toEqual([['alone', { letter: 'b' }]]);
  });
});

describe('a failure among tasks that go together', () => {
  test('is that of the one whose promise was rejected, and of no other', async () => {
    const tasks = tasksOf(
      together("if (context.params.letter === 'b') throw new DataError('B is bad.'); return { out: 1 };"),
    );
    const ended = await submitted(tasks);
    expect(ended.map(({ type }) => type)).toEqual(['succeeded', 'failed', 'succeeded']);
    expect(ended[1]).toMatchObject({ failure: { class: 'error', message: 'B is bad.', stack: null }, ofParty: false });
    await bench.succeed(executor, bench.trivial());
  });

  test('of outputs that are not those declared is also its own', async () => {
    const tasks = tasksOf(together("return context.params.letter === 'a' ? {} : { out: 1 };"), 'ab');
    const ended = await submitted(tasks);
    expect(ended.map(({ type }) => type)).toEqual(['failed', 'succeeded']);
    expect(ended[0]).toMatchObject({ ofParty: false });
  });

  test.each([
    ['what runTogether throws', "() => { throw new TypeError('all'); }", 'TypeError: all'],
    [
      'too few promises',
      '() => []',
      'runTogether of stage test/stage returned a list of 0 for 2 contexts; it must return a promise of outputs for each, in their order.',
    ],
    [
      'no list',
      '() => undefined',
      'runTogether of stage test/stage returned undefined for 2 contexts; it must return a promise of outputs for each, in their order.',
    ],
    [
      'an exception that nobody catches',
      "(all) => { setTimeout(() => { throw new TypeError('all'); }, 1); return all.map(() => new Promise(() => {})); }",
      'TypeError: all',
    ],
  ])("of all is each one's, and may be another's doing: %s", async (_, runTogether, message) => {
    const tasks = tasksOf(`{ compute: true, run: () => ({ out: 0 }), runTogether: ${runTogether} }`, 'ab');
    const ended = await submitted(tasks);
    for (const event of ended) expect(event).toMatchObject({ failure: { class: 'error', message }, ofParty: true });
  });

  test("of the process is each one's, and may be another's doing", async () => {
    const tasks = tasksOf(
      together("if (context.params.letter === 'b') process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});"),
    );
    const ended = await submitted(tasks);
    for (const [n, event] of ended.entries())
      expect(event).toMatchObject({
        failure: {
          class: 'crash',
          message: `The worker process was killed by SIGKILL while running node ${'abc'[n]!}.`,
          signal: 'SIGKILL',
        },
        ofParty: true,
        usage: { cpuSeconds: null, peakBytes: null },
      });
  });

  test("of memory may be another's doing even where one promise tells it", async () => {
    const tasks = tasksOf(
      together("return { out: context.params.letter === 'a' ? new ArrayBuffer(2 ** 52) : 1 };"),
      'ab',
    );
    const ended = await submitted(tasks);
    expect(ended[0]).toMatchObject({ failure: { class: 'oom' }, ofParty: true });
    expect(ended[1]!.type).toBe('succeeded');
  });

  test('to declare something is told to each, and in a strict run fails each', async () => {
    const one = together('await Promise.resolve(); return { out: Date.now() > 0 };');
    const ended = await submitted(tasksOf(one, 'ab'));
    for (const event of ended) expect(event).toMatchObject({ type: 'succeeded', accesses: [{ kind: 'clock' }] });
    const declares = { env: [], reads: [], effects: [], packages: [], strict: true };
    const tasks = tasksOf(one, 'ab', { declares });
    for (const event of await submitted(tasks))
      expect(event).toMatchObject({ failure: { class: 'error' }, ofParty: true });
    for (const task of tasks) expect(bench.of('undeclared', task)).toHaveLength(1);
  });
});

describe('to stop one of several tasks that go together', () => {
  test('aborts its signal alone, and the others go on in the same process', async () => {
    const tasks = tasksOf(
      together(
        `if (context.params.letter === 'b') { ${WAITS} } context.log('runs'); ${UNTIL_GO} return { out: context.signal.aborted };`,
      ),
    );
    await logged(tasks);
    executor.cancel(tasks[1]!.id);
    expect(await bench.ended(tasks[1]!)).toMatchObject({ failure: { class: 'cancelled' }, ofParty: false });
    appendFileSync(GO, '');
    expect(values([await bench.ended(tasks[0]!), await bench.ended(tasks[2]!)])).toEqual([[false], [false]]);
    const next = bench.trivial();
    await bench.succeed(executor, next);
    expect(bench.pidOf(next)).toBe(bench.pidOf(tasks[0]!));
  });

  test("ends the process if it does not obey, which the others' failures say", async () => {
    const tasks = tasksOf(together("context.log('runs'); await new Promise(() => {});"), 'ab');
    const impatient = bench.open({ gracefulMs: 10 });
    await logged(tasks, impatient);
    impatient.cancel(tasks[0]!.id);
    expect(await bench.ended(tasks[0]!)).toMatchObject({ failure: { class: 'cancelled' }, ofParty: false });
    expect(await bench.ended(tasks[1]!)).toMatchObject({
      failure: {
        class: 'crash',
        message:
          'The worker process was ended while running node b, since node a, which went together with it, ignored the request to stop.',
      },
      ofParty: true,
    });
  });

  test('ends one at once that waits for the inputs of others, before the stage is called', async () => {
    const server = await FileServer.start(() => undefined);
    onTestFinished(() => server.stop());
    const [first, second] = tasksOf(
      "{ compute: true, inputs: { text: file() }, run: ({ params }) => ({ out: ['alone', params] }), runTogether: (all) => all.map(async ({ params }) => ({ out: params })) }",
      'ab',
      { inputs: [bench.fileInput('text', 'content')] },
    );
    const { source } = second!.inputs[0]! as ReturnType<typeof bench.fileInput>;
    const remote = {
      url: server.url(),
      sha256: source.digest,
      bytes: source.bytes,
      encoding: 'identity',
      otherwise: '',
    };
    const elsewhere = { ...source, path: join(bench.directory, 'not-here'), remote } as const;
    const waits = { ...second!, inputs: [{ slot: 'text', index: null, source: elsewhere }] } as Task;
    executor.submitTogether([first!, waits]);
    await expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(1);
    executor.cancel(first!.id);
    expect(await bench.ended(first!)).toMatchObject({ failure: { class: 'cancelled' }, ofParty: false });
    executor.cancel(waits.id);
    expect(await bench.ended(waits)).toMatchObject({ failure: { class: 'cancelled' } });
  });

  test("happens when its own time is up, which may be for the others' sake", async () => {
    const module = tasksOf(together(`if (context.params.letter === 'a') { ${WAITS} } return { out: 1 };`), 'ab');
    const ended = await submitted([{ ...module[0]!, timeoutSeconds: 0.05 }, module[1]!]);
    expect(ended[0]).toMatchObject({ failure: { class: 'timeout' }, ofParty: true });
    expect(ended[1]!.type).toBe('succeeded');
  });

  test('is possible as soon as they have started', async () => {
    const tasks = tasksOf(together(`if (context.params.letter === 'a') { ${WAITS} } return { out: 1 };`), 'ab');
    react = (event) => {
      if (event.type === 'started' && event.task === tasks[0]!.id) executor.cancel(event.task);
    };
    executor.submitTogether(tasks);
    expect(await bench.ended(tasks[0]!)).toMatchObject({ failure: { class: 'cancelled' }, ofParty: false });
    expect((await bench.ended(tasks[1]!)).type).toBe('succeeded');
  });

  test('is possible while they wait for a worker', async () => {
    const busy = bench.stageTask(`{ run: async ({ log }) => { log('runs'); ${UNTIL_GO} return { out: 1 }; } }`);
    executor.submit(busy);
    await bench.logged(busy, 'runs');
    const tasks = tasksOf(together('return { out: contexts.length };'));
    executor.submitTogether(tasks);
    executor.cancel(tasks[0]!.id);
    expect(await bench.ended(tasks[0]!)).toMatchObject({ failure: { class: 'cancelled' } });
    appendFileSync(GO, '');
    expect(values([await bench.ended(tasks[1]!), await bench.ended(tasks[2]!)])).toEqual([[2], [2]]);
  });

  test('is done to all of them when the executor closes', async () => {
    const tasks = tasksOf(together(WAITS), 'ab');
    const closing = bench.open();
    await logged(tasks, closing);
    await closing.close();
    for (const task of tasks) expect(await bench.ended(task)).toMatchObject({ failure: { class: 'cancelled' } });
  });
});
