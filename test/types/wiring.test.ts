/**
 * What the compiler says about wiring. `npm run typecheck` is the judge: every `@ts-expect-error` must be an error, and
 * everything else must not. Nothing here is executed but to see that the file is there.
 */
import {
  type Builder,
  bytes,
  externalFile,
  file,
  type InputRefs,
  json,
  many,
  type NodeHandle,
  type OutputRef,
  type OutputValues,
  observation,
  pipeline,
  stage,
  stateOutput,
  type Table,
  type Tensors,
  table,
  tableOf,
  text,
  weights,
} from 'restage';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

interface Score {
  readonly auc: number;
}

const make = stage({
  name: 'types/make',
  params: z.strictObject({ rows: z.int(), words: z.string().default('') }),
  inputs: {},
  outputs: { data: table<'x' | 'y'>(), model: weights(), score: json<Score>(), words: json<string>(), raw: bytes() },
  async run({ params, inputs, rng, backend, env, trace }) {
    expectTypeOf(params).toEqualTypeOf<{ rows: number; words: string }>();
    expectTypeOf(inputs).toEqualTypeOf<Record<never, never>>();
    expectTypeOf(rng('a').uniform()).toEqualTypeOf<number>();
    expectTypeOf(backend.name).toEqualTypeOf<string>();
    expectTypeOf(env['X']).toEqualTypeOf<string | undefined>();
    const column = new Float64Array(params.rows);
    trace('column', column, 1);
    trace('loss', 0.5);
    await trace('model', () => Promise.resolve({ layer: { shape: [1], data: new Float32Array(1) } }), 2);
    // @ts-expect-error -- not a value to trace
    void trace('words', params.words);
    // @ts-expect-error -- a step is a number
    void trace('loss', 0.5, 'first');
    return {
      data: tableOf({ x: column, y: column }),
      model: {},
      score: { auc: 0.5 },
      words: params.words,
      raw: new Uint8Array(),
    };
  },
});

const use = stage({
  name: 'types/use',
  params: z.strictObject({}),
  inputs: { data: table<'x'>(), model: weights(), score: json<Score>(), many: many(json<string>()) },
  outputs: { text: text() },
  async run({ inputs }) {
    expectTypeOf(await inputs.data.read()).toEqualTypeOf<Table<'x'>>();
    expectTypeOf(await inputs.model.read()).toEqualTypeOf<Tensors>();
    expectTypeOf(await inputs.score.read()).toEqualTypeOf<Score>();
    expectTypeOf(await inputs.many[0]!.read()).toEqualTypeOf<string>();
    // @ts-expect-error a column that was not asked for
    expectTypeOf((await inputs.data.read()).columns.y);
    // @ts-expect-error an input that is not declared
    expectTypeOf(inputs.other);
    return { text: '' };
  },
});

const look = observation({
  name: 'types/look',
  params: z.strictObject({}),
  inputs: { score: json<Score>() },
  outputs: { words: json<string>() },
  run: () => ({ words: '' }),
});

const open = stage({
  name: 'types/open',
  params: z.strictObject({}),
  inputs: { file: file() },
  outputs: { text: text() },
  run: () => ({ text: '' }),
});

/** Compiled, and never called. */
function wiring(p: Builder): void {
  const { data, model, score, words, raw } = p.add(make, { params: { rows: 1 } }).out;
  const right = { data, model, score, many: [words, words] };
  expectTypeOf(p.add(use, { inputs: right })).toEqualTypeOf<NodeHandle<(typeof use)['outputs']>>();
  p.add(use, { params: {}, inputs: right, tags: ['a'], retries: { crash: 1 }, key: { fold: 1 }, executor: 'worker' });
  p.add(use, { inputs: { ...right, many: [] } });
  p.add(open, { inputs: { file: externalFile('a') } });
  expectTypeOf(p.reference(json<string>(), 'a', 'b')).toExtend<OutputRef<'json', string>>();
  p.add(use, { inputs: { ...right, many: [p.reference(json<string>(), 'later', 'words')] } });

  // @ts-expect-error weights where a table is taken
  p.add(use, { inputs: { ...right, data: model } });
  // @ts-expect-error a table where weights are taken
  p.add(use, { inputs: { ...right, model: data } });
  // @ts-expect-error bytes where a table is taken
  p.add(use, { inputs: { ...right, data: raw } });
  // @ts-expect-error json<string> where json<Score> is taken
  p.add(use, { inputs: { ...right, score: words } });
  // @ts-expect-error json<Score> in a list of json<string>
  p.add(use, { inputs: { ...right, many: [words, score] } });
  // @ts-expect-error one where a list is taken
  p.add(use, { inputs: { ...right, many: words } });
  // @ts-expect-error a list where one is taken
  p.add(use, { inputs: { ...right, model: [model] } });
  // @ts-expect-error a table without the column
  p.add(use, { inputs: { ...right, data: p.reference(table<'z'>(), 'a', 'data') } });
  // @ts-expect-error a file where a table is taken
  p.add(use, { inputs: { ...right, data: externalFile('a') } });
  // @ts-expect-error a table where a file is taken
  p.add(open, { inputs: { file: data } });
  // @ts-expect-error an input that the stage does not have
  p.add(use, { inputs: { ...right, other: words } });
  // @ts-expect-error an input left out
  p.add(use, { inputs: { data, model, score } });
  // @ts-expect-error all inputs left out
  p.add(use, {});
  // @ts-expect-error a parameter left out
  p.add(make, { params: {} });
  // @ts-expect-error all parameters left out
  p.add(make, {});
  // @ts-expect-error a parameter of the wrong type
  p.add(make, { params: { rows: '1' } });
  // @ts-expect-error a parameter that the stage does not have
  p.add(make, { params: { rows: 1, columns: 2 } });
  // @ts-expect-error an output that the stage does not have
  expectTypeOf(p.add(make, { params: { rows: 1 } }).out.nothing);
  // @ts-expect-error an executor that is none
  p.add(make, { params: { rows: 1 }, executor: 'cloud' });
  // @ts-expect-error retries of a class of failure that is none
  p.add(make, { params: { rows: 1 }, retries: { bug: 1 } });

  const seen = p.observe(look, { inputs: { score } });
  // @ts-expect-error an observation has no outputs to wire
  expectTypeOf(seen.out);
  // @ts-expect-error an observation is not added as a stage
  p.add(look, { inputs: { score } });
  // @ts-expect-error a stage is not added as an observation
  p.observe(make, { params: { rows: 1 } });
}

function together(): void {
  const parts = {
    name: 'types/together',
    params: z.strictObject({ rate: z.number() }),
    inputs: { data: table<'x'>() },
    outputs: { x: json<number>() },
    compute: true,
    run: () => ({ x: 1 }),
  } as const;
  const made = stage({
    ...parts,
    runTogether(contexts) {
      expectTypeOf(contexts[0]!.params).toEqualTypeOf<{ rate: number }>();
      return contexts.map(async ({ inputs }) => ({ x: (await inputs.data.read()).columns.x.length }));
    },
  });
  expectTypeOf(made.runTogether!([])).toEqualTypeOf<readonly Promise<OutputValues<(typeof made)['outputs']>>[]>();
  // @ts-expect-error an output of the wrong type
  stage({ ...parts, runTogether: (contexts) => contexts.map(() => Promise.resolve({ x: 'one' })) });
  // @ts-expect-error one promise for all of them
  stage({ ...parts, runTogether: (contexts) => Promise.resolve(contexts.map(() => ({ x: 1 }))) });
  // @ts-expect-error values that nothing can be waited for one by one
  stage({ ...parts, runTogether: (contexts) => contexts.map(() => ({ x: 1 })) });
}

function definitions(): void {
  // @ts-expect-error an output left out of what run returns
  stage({ name: 'types/a', params: z.strictObject({}), inputs: {}, outputs: { x: json<number>() }, run: () => ({}) });
  stage({
    name: 'types/b',
    params: z.strictObject({}),
    inputs: {},
    outputs: { x: json<number>() },
    // @ts-expect-error an output of the wrong type
    run: () => ({ x: 'one' }),
  });
  stage({
    name: 'types/c',
    params: z.strictObject({}),
    inputs: {},
    outputs: { x: table<'a' | 'b'>() },
    // @ts-expect-error a table without one of its columns
    run: () => ({ x: tableOf({ a: new Float64Array(1) }) }),
  });
  stage({
    name: 'types/d',
    params: z.strictObject({}),
    inputs: {},
    outputs: { x: text() },
    // @ts-expect-error policy is said where a node is wired, never in the stage
    retries: { error: 1 },
    run: () => ({ x: '' }),
  });
}

const part = pipeline({
  name: 'part',
  params: z.strictObject({ rows: z.int().default(3) }),
  inputs: { model: weights() },
  build(p, params, inputs) {
    expectTypeOf(params).toEqualTypeOf<{ rows: number }>();
    expectTypeOf(inputs).toExtend<InputRefs<{ readonly model: ReturnType<typeof weights> }>>();
    return { score: p.add(make, { params: { rows: params.rows } }).out.score };
  },
});

function parts(p: Builder): void {
  const { model, data } = p.add(make, { params: { rows: 1 } }).out;
  const { score } = p.use(part, { inputs: { model } });
  expectTypeOf(score).toExtend<OutputRef<'json', Score>>();
  p.use(part, { as: 'again', params: { rows: 4 }, inputs: { model } });
  // @ts-expect-error a sub-pipeline's input of the wrong kind
  p.use(part, { inputs: { model: data } });
  p.use(part, { inputs: { model: stateOutput('run:3/make.model', weights()) } });
  // @ts-expect-error a recorded output of the wrong kind
  p.use(part, { inputs: { model: stateOutput('run:3/make.data', table()) } });
  const words = stateOutput('run:3/make.words', json<string>());
  const recorded = stateOutput('run:3/make.score', json<Score>());
  p.add(use, { inputs: { data, model, score: recorded, many: [words] } });
  // @ts-expect-error a recorded output of the wrong type
  p.add(use, { inputs: { data, model, score: words, many: [words] } });
  // @ts-expect-error a sub-pipeline's input left out
  p.use(part, {});
  // @ts-expect-error a sub-pipeline's parameter of the wrong type
  p.use(part, { params: { rows: 'a' }, inputs: { model } });
}

describe('wiring', () => {
  test('is judged by the compiler', () => {
    for (const each of [wiring, together, definitions, parts]) expect(typeof each).toBe('function');
  });
});
