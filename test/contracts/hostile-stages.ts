/**
 * What any executor makes of stages that throw, say or call something odd: that attempt fails, with the right words.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Executor } from '../../src/executors/contract.ts';
import { ExecutorBench, type ExecutorParts } from './executor-bench.ts';

const PRELUDE = `
const hidden = () => { throw new RangeError('not for you'); };
const PROXY = new Proxy(new Error('behind a proxy'), { get: hidden, has: hidden, getPrototypeOf: hidden, ownKeys: hidden, getOwnPropertyDescriptor: hidden });
const revoked = () => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; };
const chain = (n) => { let e = new Error('link 0'); for (let i = 1; i < n; i++) e = new Error('link ' + i, { cause: e }); return e; };
`;

/** What is thrown, and the message that is recorded. */
const THROWN: readonly (readonly [thrown: string, message: string | RegExp])[] = [
  ['null', 'The stage threw null, which is not an Error.'],
  ['undefined', 'The stage threw undefined, which is not an Error.'],
  ['0n', 'The stage threw 0n, which is not an Error.'],
  ["Symbol('odd')", 'The stage threw Symbol(odd), which is not an Error.'],
  [
    'Object.assign(Object.create(null), { a: 1 })',
    'The stage threw [Object: null prototype] { a: 1 }, which is not an Error.',
  ],
  ["'x'.repeat(1e7)", /^The stage threw 'x{100,}.{0,60}characters.*, which is not an Error\.$/],
  [
    '{ [Symbol.for("nodejs.util.inspect.custom")]: hidden, toString: hidden, get message() { return hidden(); } }',
    /^The stage threw \{/,
  ],
  ['revoked()', /^The stage threw .+, which is not an Error\.$/],
  ["Object.setPrototypeOf(new Error('of no class'), PROXY)", 'of no class'],
  ['PROXY', /^(?:The stage threw .+, which is not an Error\.|Error without a message)$/],
  ["(() => { const e = new Error('disk full'); e.cause = e; return e; })()", 'disk full'],
  ["(() => { const a = new Error('a'), b = new Error('b', { cause: a }); a.cause = b; return a; })()", 'a'],
  ["(() => { const e = new Error('many'); e.errors = [e, new AggregateError([e], 'inner')]; return e; })()", 'many'],
  ["new AggregateError([new TypeError('one'), 2])", 'AggregateError: 2 errors, the first: one'],
  ["Object.assign(new AggregateError([], 'none'), { errors: revoked() })", 'AggregateError: none'],
  ['chain(30000)', 'link 29999'],
  ["Object.defineProperty(new Error('x'), 'message', { get: hidden })", 'Error without a message'],
  ["Object.defineProperty(new Error('x'), 'stack', { get: hidden })", 'x'],
  ["Object.defineProperty(new Error('x'), 'cause', { get: hidden })", 'x'],
  ["Object.defineProperty(new Error('x'), 'name', { value: Symbol('n') })", 'x'],
  ["Object.assign(new Error('x'), { message: { not: 'text' } })", "{ not: 'text' }"],
  ["Object.assign(new Error('x'), { stack: [1, 2], name: 7, message: 7 })", '7'],
  ["Object.freeze(new Error('frozen'))", 'frozen'],
  ["Object.assign(new Error('x'), { toString: hidden, toJSON: hidden, [Symbol.toPrimitive]: hidden })", 'x'],
  ["Object.setPrototypeOf(new Error('orphan'), null)", 'orphan'],
  ['new Error()', 'Error without a message'],
  ["new Error('', { cause: hidden })", 'Error without a message'],
  ["Object.assign(new Error('spawn failed'), { code: 'ENOENT', exitCode: 127 })", 'spawn failed'],
  ["new Error('m'.repeat(1e7))", /^m{4000}\.\.\. \(9996000 more characters\)$/],
  ["new DataError('d'.repeat(1e7))", /^d{4000}\.\.\. \(9996000 more characters\)$/],
  ["Object.assign(new DataError('d'), { message: Symbol('s') })", 'Symbol(s)'],
  ["new DOMException('gone', 'AbortError')", 'AbortError: gone'],
];

/** A call of the context, and the message that is recorded. */
const CALLS: readonly (readonly [call: string, message: RegExp])[] = [
  ['log(undefined)', /^Node some-node called log with undefined; a log line must be a text/],
  ['log({})', /^Node some-node called log with \{\}; /],
  ['metric({ [Symbol.for("nodejs.util.inspect.custom")]: hidden }, 1)', /^Node some-node reports a metric called \{/],
  ['log(7)', /^Node some-node called log with 7; /],
  ["log(Symbol('s'))", /^Node some-node called log with Symbol\(s\); /],
  ['metric(undefined, 1)', /^Node some-node reports a metric called undefined; /],
  ['metric({ toString: hidden }, 1)', /^Node some-node reports a metric called \{/],
  ["metric('', 1)", /^Node some-node reports a metric called ""; /],
  ["metric('n'.repeat(201), 1)", /^Node some-node reports a metric with a name of 201 characters/],
  ["metric('loss', '1')", /^Node some-node reports the metric loss as "1"; /],
  ["metric('loss', { toString: hidden })", /^Node some-node reports the metric loss as \{/],
  ["metric('loss', 1, 0.5)", /^Node some-node reports the metric loss with the step 0\.5; /],
  ["metric('loss', 1, {})", /^Node some-node reports the metric loss with the step \{\}; /],
  ["progress('1', 2)", /^Progress of node some-node is '1' of 2; both must be finite numbers\.$/],
  ['progress(1, { valueOf: hidden })', /^Progress of node some-node is 1 of \{/],
  ['progress(1, 2, {})', /^Progress of node some-node has the note \{\}; a note must be a text\.$/],
  [
    'for (let i = 0; i <= 1e4; i++) metric("m" + i, 1)',
    /^Node some-node has reported 10000 metrics of different names/,
  ],
];

export function testHostileStages(
  name: string,
  create: (parts: ExecutorParts) => Executor,
  resolve?: (source: string) => string,
): void {
  describe(`the ${name} executor records as a failure of that attempt alone`, () => {
    const bench = new ExecutorBench(resolve);
    const executor = create({ cacheDirectory: bench.cacheDirectory, onEvent: bench.onEvent, gracefulMs: 60_000 });
    beforeEach(() => {
      bench.forget();
    });
    afterAll(async () => {
      await executor.close();
      bench.remove();
    });

    const failureOf = (run: string) => bench.fail(executor, bench.task(bench.module(`{ ${run} }`, PRELUDE)));

    test.each(THROWN)('that it throws %s', async (thrown, message) => {
      const failure = await failureOf(`run() { throw ${thrown}; }`);
      expect(failure).toMatchObject({ class: 'error', exitCode: null, signal: null });
      if (typeof message === 'string') expect(failure.message).toBe(message);
      else expect(failure.message).toMatch(message);
      expect(failure.stack?.length ?? 0).toBeLessThan(70_000);
    });

    test.each(CALLS)('that it calls %s, even if it catches the error, with the line', async (call, message) => {
      const failure = await failureOf(
        `async run({ log, metric, progress, checkpoint }) { try {\n${call};\n} catch {} return { out: 1 }; }`,
      );
      expect(failure.message).toMatch(message);
      expect(failure.stack).toMatch(/^\S+Error: [^\n]+\n\s+at .*stage-\d+\.mjs:\d+:\d+\)?\n?/);
    });

    test.each([
      ['() => 1', /^The checkpoint of node some-node cannot be stored \(\(\) => 1 could not be cloned\.\); /],
      ['undefined', /^The checkpoint of node some-node is undefined; save a value, such as null\.$/],
    ])('that it saves %s as its checkpoint', async (value, message) => {
      const failure = await failureOf(`async run({ checkpoint }) { await checkpoint.save(${value}); }`);
      expect(failure.message).toMatch(message);
    });

    test.each([
      ['a proxy whose members throw', 'new Proxy({}, { get: hidden, ownKeys: hidden, has: hidden })'],
      ['a revoked proxy', 'revoked()'],
      ['an output whose getter throws', 'Object.defineProperty({}, "out", { get: hidden, enumerable: true })'],
      [
        'an output that hides everything',
        '{ out: new Proxy({}, { get: hidden, ownKeys: hidden, getPrototypeOf: hidden }) }',
      ],
      ['an output that refers to itself', '(() => { const out = {}; out.out = out; return { out }; })()'],
      ['a promise that is rejected with null', 'Promise.reject(null)'],
      ['a thenable that throws a circle', '{ then() { throw chain(3); } }'],
    ])('that it returns %s', async (_, value) => {
      expect(await failureOf(`run() { return ${value}; }`)).toMatchObject({ class: 'error', exitCode: null });
    });

    test('the causes of an error, and the errors that it stands for, with their places', async () => {
      const failure = await failureOf(`run() {
        const cause = new TypeError('the cause', { cause: 'a text' });
        throw new AggregateError([new RangeError('one'), 'two'], 'all failed', { cause });
      }`);
      expect(failure.message).toBe('AggregateError: all failed');
      expect(failure.stack).toMatch(/^AggregateError: all failed\n\s+at .*stage-\d+\.mjs/);
      expect(failure.stack).toMatch(
        /\nCaused by: TypeError: the cause\n\s+at .*\n(?:\s+at .*\n)*Caused by: 'a text'\n/,
      );
      expect(failure.stack).toMatch(
        /\nOne of its errors: RangeError: one\n\s+at .*\n(?:\s+at .*\n)*One of its errors: 'two'$/,
      );
    });

    test('the place of an error whose message is long', async () => {
      const { stack } = await failureOf(`run() { throw new Error('long\\n'.repeat(1e6)); }`);
      expect(stack).toMatch(/more characters\)\n\s+at .*stage-\d+\.mjs:\d+:\d+/);
    });

    test('nothing of a line, a note or a name that is too long is lost or kept whole', async () => {
      const task = bench.stageTask(`{ async run({ log, progress }) {
        log('a'.repeat(200_000)); console.log('b'.repeat(200_000)); progress(1, 2, 'n'.repeat(1e6));
        return { out: 1 };
      } }`);
      await bench.succeed(executor, task);
      const lines = bench.of('log', task).map(({ text }) => text);
      expect(lines.join('').length).toBe(400_000);
      expect(Math.max(...lines.map(({ length }) => length))).toBe(1 << 16);
      expect(bench.of('progress', task).at(-1)!.note!.length).toBeLessThan(600);
    });
  });
}
