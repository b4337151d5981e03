/** Part of the contract of executors: what a stage is given, and what becomes of its outputs. */
import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { nodeSeed, streamsOf } from '../../../src/core/identity/random.ts';
import type { TaskInput } from '../../../src/executors/contract.ts';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testInputsAndOutputs({ bench, executor }: ExecutorUnderTest): void {
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
    const definition = '{ inputs: { a: table() }, run: async ({ inputs }) => ({ out: (await inputs.a.read()).rows }) }';
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
}
