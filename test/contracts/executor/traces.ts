/** Part of the contract of executors: what a stage traces. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TraceReader, type TraceRecord } from '../../../src/executors/attempt/trace-file.ts';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testTraces({ bench, executor }: ExecutorUnderTest): void {
  const traceFile = join(bench.cacheDirectory, 'some.trace');

  test('writes down what a stage traces, in the order of the calls', async () => {
    const task = bench.stageTask(
      `{ async run({ trace }) {
        trace('loss', 0.5);
        trace('draws', Int32Array.of(3, 4), -7);
        trace('weights', { shape: [1, 2], data: Float32Array.of(1, NaN) }, 2);
        await trace('layers', async () => ({ b: { shape: [1], data: Float64Array.of(2) }, a: { shape: [0], data: new Uint8Array() } }), 2);
        return { out: 1 };
      } }`,
      { traceFile },
    );
    await bench.succeed(executor, task);
    expect(recordsOf(traceFile)).toEqual([
      ['loss', null, ['', 'float64', [], [0.5]]],
      ['draws', -7, ['', 'int32', [2], [3, 4]]],
      ['weights', 2, ['', 'float32', [1, 2], [1, Number.NaN]]],
      ['layers', 2, ['a', 'uint8', [0], []], ['b', 'float64', [1], [2]]],
    ]);
  });

  test('writes digests alone of large values where no bytes of them are wanted, and the bytes of small ones', async () => {
    const task = bench.stageTask(
      `{ run({ trace }) { trace('large', new Float64Array(9)); trace('small', 0.5); return { out: 1 }; } }`,
      { traceFile, traceBytes: 0 },
    );
    await bench.succeed(executor, task);
    expect(recordsOf(traceFile)).toEqual([
      ['large', null, ['', 'float64', [9], []]],
      ['small', null, ['', 'float64', [], [0.5]]],
    ]);
  });

  test('leaves no part of a trace where an attempt goes on from a checkpoint', async () => {
    const definition = `{ async run({ trace, checkpoint }) {
      const saved = await checkpoint.load();
      trace('step', 1);
      await checkpoint.save(1);
      if (saved === undefined) throw new Error('not yet');
      return { out: 1 };
    } }`;
    await bench.fail(executor, bench.stageTask(definition, { traceFile }));
    expect(recordsOf(traceFile)).toHaveLength(1);
    await bench.succeed(executor, bench.stageTask(definition, { traceFile }));
    expect(recordsOf(traceFile)).toEqual([]);
  });

  test('does nothing with what a stage traces where nobody looks, and does not make the value', async () => {
    const task = bench.stageTask(`{ run({ trace }) {
      let made = 0;
      for (let i = 0; i < 3; i++) trace('value', () => { made += 1; return i; }, i);
      return { out: [made, existsSync(${JSON.stringify(`${traceFile}.none`)})] };
    } }`);
    const { outputs } = await bench.succeed(executor, task);
    expect(bench.value(outputs[0]!)).toEqual([0, false]);
    expect(existsSync(`${traceFile}.none`)).toBe(false);
  });

  test.each([
    [`'', 1`, 'some-node traces a value called ""; give its name as a text of 1 to 200 characters.'],
    [`'loss', 1, 0.5`, 'some-node traces loss with the step 0.5; give a whole number.'],
    [
      `'loss', 'low'`,
      'The value that node some-node traces as loss is the text "low"; give a number, a typed array, a tensor or tensors by name.',
    ],
    [
      `'w', { shape: [3], data: new Float32Array(2) }`,
      'The value that node some-node traces as w has the shape [3], which is 3 elements, and 2 elements of data; make them agree.',
    ],
  ])('fails a stage that calls trace(%s), even if it catches the error', async (call, sentence) => {
    const task = bench.stageTask(`{ run({ trace }) { try { trace(${call}); } catch {} return { out: 1 }; } }`, {
      traceFile,
    });
    expect((await bench.fail(executor, task)).message).toContain(sentence);
  });
}

function recordsOf(file: string): readonly unknown[] {
  const reader = new TraceReader(file);
  const records: unknown[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) records.push(plain(reader, record));
  reader.close();
  return records;
}

function plain(reader: TraceReader, record: TraceRecord): readonly unknown[] {
  const tensors = record.tensors.map((tensor) => {
    const { name, dtype, shape } = tensor;
    return [name, dtype, shape, [...(reader.elements(record, tensor) ?? [])]];
  });
  return [record.name, record.step, ...tensors];
}
