/** Part of the contract of executors: the author's mistakes, as failures of class error. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testFailures({ bench, executor }: ExecutorUnderTest): void {
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
      ['a value without a canonical form', '{ out: { a: [NaN] } }', /^Output out of node some-node, at a\[0\], is NaN/],
      ['an output whose getter throws', '{ out: { get x() { throw new Error("mine"); } } }', /mine/],
    ])('a stage that returns %s, with the place of the stage', async (_, result, message) => {
      const task = bench.stageTask(`{ run: () => (${result}) }`);
      const failure = await bench.fail(executor, task);
      expect(failure.class).toBe('error');
      expect(failure.message).toMatch(message);
      const line = readFileSync(task.module, 'utf8')
        .split('\n')
        .findIndex((text) => /\bstage\(\{/.test(text));
      expect(failure.stack).toMatch(
        new RegExp(`^[^\\n]+\\n\\s+at (?:\\w+ \\()?(?:file:\\/\\/)?${task.module}:${line + 1}:\\d+`),
      );
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
}
