/** How settings fit into a schema: what they keep, how a text is read, what is refused. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { overrideLayers, parseOverride } from '../../../src/core/params/override.ts';
import { parseLayers } from '../../../src/core/params/parse-params.ts';
import { settingOf, settingOfUnknown } from '../../../src/core/params/setting.ts';
import { ParamError, UsageError } from '../../../src/errors.ts';
import { parse, Train } from './typed.ts';

describe('a partial override keeps the members beside it', () => {
  const kept = { rate: 0.002, momentum: 0.8 };
  const start = { rate: 0.002, momentum: 0.9 };
  const Bare = z.strictObject({ rate: z.number(), momentum: z.number() });
  const Node: z.ZodType = z.lazy(() => Train.default(start));
  test.each<[string, unknown]>([
    ['in an object with a default of its own', Train.default(start)],
    ['in an object whose members have no defaults', Bare.default(start)],
    ['with a default that is made afresh each time', Bare.default(() => ({ ...start }))],
    ['in a prefault', Train.prefault(start)],
    ['below optional', Train.optional().default(start)],
    ['above optional', Train.default(start).optional()],
    ['below nullable', Train.nullable().default(start)],
    ['above nullable', Train.default(start).nullable()],
    ['in a lazy schema', Node],
    ['below readonly', Train.readonly().default(start)],
    [
      'with refinements on both sides',
      Train.refine((t) => t.rate < 1)
        .default(start)
        .refine((t) => t.rate < 1),
    ],
    [
      'in an intersection',
      z
        .object({ rate: z.number() })
        .and(z.object({ momentum: z.number() }))
        .default(start),
    ],
    [
      'in an intersection of strict objects',
      z
        .strictObject({ rate: z.number() })
        .and(z.strictObject({ momentum: z.number() }))
        .default(start),
    ],
    ['in a union', z.union([z.strictObject({ width: z.number() }), Train]).default(start)],
    ['in a record', z.record(z.string(), z.number()).default(start)],
    ['in an object that lets others pass', z.looseObject({ rate: z.number() }).default(start)],
    ['in an object with a schema for others', z.object({}).catchall(z.number()).default(start)],
    ['in zod/mini', mini._default(mini.strictObject({ rate: mini.number(), momentum: mini.number() }), start)],
    ['in a transformed object that starts from an input', Bare.prefault(start).transform((t) => t)],
    ['in the output of a codec', z.codec(Bare, Bare, { decode: (t) => t, encode: (t) => t }).default(start)],
    ['where anything is allowed', z.unknown().default(start)],
  ])('%s', (_, train) => {
    expect(parse(z.strictObject({ train: train as z.ZodType }), 'train.momentum=0.8')).toEqual({ train: kept });
    expect(parse(z.strictObject({ train: train as z.ZodType }), 'train={"momentum":0.8}')).toEqual({ train: kept });
  });

  test('also where a schema transforms what it takes, and the default is what it gives', () => {
    const schema = z.object({
      train: z.object({ rate: z.string().transform(Number), n: z.number() }).default({ rate: 0.002, n: 1 }),
    });
    expect(parse(schema, 'train.n=2')).toEqual({ train: { rate: 0.002, n: 2 } });
    expect(parse(schema, 'train.rate=0.5')).toEqual({ train: { rate: 0.5, n: 1 } });
    const records = z.object({ all: z.record(z.string(), z.string().transform(Number)).default({ a: 1 }) });
    expect(parse(records, 'all.b=2')).toEqual({ all: { a: 1, b: 2 } });
    const lists = z.object({ all: z.array(z.string().transform(Number)).default([1, 2]) });
    expect(parse(lists, 'all[1]=3')).toEqual({ all: [1, 3] });
  });

  test('several levels deep, below a default of a default', () => {
    const schema = z.object({
      model: z
        .object({
          layers: z.object({ width: z.int().default(1), depth: z.int().default(1) }).prefault({ width: 2 }),
          name: z.string(),
        })
        .default({ layers: { width: 3, depth: 4 }, name: 'net' }),
    });
    expect(parse(schema, 'model.layers.depth=9')).toEqual({ model: { layers: { width: 3, depth: 9 }, name: 'net' } });
  });

  test('and a default of the whole schema counts as well', () => {
    const schema = z.strictObject({ a: z.number(), b: z.number() }).default({ a: 1, b: 2 });
    expect(parse(schema)).toEqual({ a: 1, b: 2 });
    expect(parse(schema, 'b=3')).toEqual({ a: 1, b: 3 });
  });

  test('but a member of what only a transform knows cannot be set, which is said', () => {
    const schema = z.object({
      t: z
        .object({ a: z.number() })
        .transform(({ a }) => ({ b: a }))
        .default({ b: 1 }),
    });
    expect(() => parse(schema, 't.a=1')).toThrow(
      "Parameter t of pipeline p has a default that a transform gave, so its members cannot be set one by one; set it as a whole, as in -S 't={...}'.",
    );
  });

  test('and refinements see the whole', () => {
    const schema = z.object({ t: Train.refine((t) => t.momentum > t.rate, 'too slow').default(start) });
    expect(() => parse(schema, 't.momentum=0.001')).toThrow('Parameter t of pipeline p is wrong: too slow.');
  });
});

describe('a text is read as its schema wants it', () => {
  const text = ['20180814033130818988', '1.10', 'true', 'null', '', ' x ', '"quoted"', '{"a":1}', '[1]', '007', '1e3'];
  test.each(text)('%j reaches a schema of text to the letter', (given) => {
    for (const schema of [
      z.string(),
      z.coerce.string(),
      z.string().optional(),
      z.string().default('x'),
      z.string().refine(() => true),
      z.string().brand('job'),
      z.string().transform((job) => job),
      z.string().pipe(z.string()),
      z.preprocess((job) => job, z.string()),
      z.lazy(() => z.string()),
      z.string().catch('caught'),
      mini.string(),
    ])
      expect(parse(z.object({ job: schema as z.ZodType }), `job=${given}`)).toEqual({ job: given });
  });

  const readings: readonly (readonly [unknown, string, unknown])[] = [
    [z.number(), '1.10', 1.1],
    [z.number(), '+.5e-3', 0.0005],
    [z.int(), '-7', -7],
    [z.coerce.number(), '12', 12],
    [z.boolean(), 'false', false],
    [z.coerce.boolean(), 'false', false],
    [z.stringbool(), 'no', false],
    [z.bigint().transform(String), '20180814033130818988', '20180814033130818988'],
    [z.enum(['1.10', 'b']), '1.10', '1.10'],
    [z.literal([1, 'a', null, true]), '1', 1],
    [z.literal([1, 'a', null, true]), 'null', null],
    [z.string().nullable(), 'null', null],
    [z.number().nullable(), 'null', null],
    [z.null().or(z.number()), 'null', null],
    [z.union([z.number(), z.string()]), '5', 5],
    [z.union([z.string(), z.number()]), '5', 5],
    [z.union([z.string(), z.number()]), '1.10', '1.10'],
    [z.union([z.string(), z.number()]), '20180814033130818988', '20180814033130818988'],
    [z.union([z.string(), z.boolean()]), 'true', true],
    [z.union([z.literal('auto'), z.int()]), 'auto', 'auto'],
    [z.union([z.string(), z.array(z.string())]), '[1.10, b]', ['1.10', 'b']],
    [z.array(z.string()), '[20180814033130818988, "1.10", a b]', ['20180814033130818988', '1.10', 'a b']],
    [z.array(z.union([z.number(), z.string()])), '[1, "1"]', [1, '1']],
    [z.tuple([z.string(), z.number()]), '[1,1]', ['1', 1]],
    [z.record(z.string(), z.string()), '{a: 1.0, "b.c": x}', { a: '1.0', 'b.c': 'x' }],
    [
      z
        .set(z.string())
        .transform((all) => [...all])
        .or(z.string()),
      'x',
      'x',
    ],
    [z.unknown(), '1.50', 1.5],
    [z.unknown(), 'words', 'words'],
    [z.unknown(), '20180814033130818988', '20180814033130818988'],
    [z.any(), '{"a":[1]}', { a: [1] }],
    [z.json(), '{"a":[1,"1"]}', { a: [1, '1'] }],
    [z.iso.date(), '2026-11-28', '2026-11-28'],
    [z.templateLiteral(['v', z.number()]), 'v2', 'v2'],
  ];
  // A schema in a title would be printed, and zod refuses that.
  test.each(readings.map(([schema, given, value]) => ({ given, value, schema: () => schema })))(
    '$given is $value',
    ({ schema: get, given, value }) => {
      const schema = get();
      expect(parse(z.object({ x: schema as z.ZodType }), `x=${given}`)).toEqual({ x: value });
    },
  );

  test('and := gives JSON, where the text could mean two things', () => {
    const schema = z.object({ x: z.union([z.number(), z.string()]).nullable() });
    expect(parse(schema, 'x:="5"')).toEqual({ x: '5' });
    expect(parse(schema, 'x:="null"')).toEqual({ x: 'null' });
    expect(parse(schema, 'x:=null')).toEqual({ x: null });
    expect(() => parse(schema, 'x:=five')).toThrow(
      new UsageError(
        '-S x:=five gives no JSON; write text in double quotes, or -S x=five to have it read as the parameter wants it.',
      ),
    );
  });

  test('and a number that it cannot hold is refused', () => {
    expect(() => parse(z.object({ job: z.number() }), 'job=20180814033130818988')).toThrow(
      'Parameter job of pipeline p cannot be 20180814033130818988: a number does not hold that many digits; declare the parameter as text, with z.string().',
    );
    expect(parse(z.object({ job: z.number() }), 'job=100000000000000000000')).toEqual({ job: 1e20 });
  });

  test('and a wrong one is refused also where the schema would catch it', () => {
    expect(() => parse(z.object({ x: z.number().catch(3) }), 'x=many')).toThrow(
      'Parameter x of pipeline p cannot be "many"; it takes a number.',
    );
    expect(parse(z.object({ x: z.number().catch(3) }))).toEqual({ x: 3 });
  });
});

describe('a name that the schema does not have is refused', () => {
  test.each<[string, unknown, string, string]>([
    [
      'z.object',
      z.object({ scale: z.number().default(1) }),
      'scal=2',
      'Pipeline p has no parameter scal (did you mean "scale"?); it has scale.',
    ],
    [
      'a nested z.object',
      z.object({ train: z.object({ rate: z.number() }).default({ rate: 1 }) }),
      'train.rte=2',
      'Pipeline p has no parameter train.rte (did you mean "train.rate"?); it has train.rate.',
    ],
    [
      'a list',
      z.object({ list: z.array(z.object({ width: z.number() })).default([{ width: 1 }]) }),
      'list[0].widht=2',
      'Pipeline p has no parameter list[0].widht (did you mean "list[0].width"?); it has list[0].width.',
    ],
    [
      'a list that is given as a whole',
      z.object({ list: z.array(z.object({ width: z.number() })) }),
      'list=[{widht: 2}]',
      'Pipeline p has no parameter list[0].widht (did you mean "list[0].width"?); it has list[0].width.',
    ],
    [
      'an intersection',
      z.object({ a: z.number().default(1) }).and(z.object({ rate: z.number().default(1) })),
      'rte=2',
      'Pipeline p has no parameter rte (did you mean "rate"?); it has a, rate.',
    ],
    [
      'a union',
      z.object({
        m: z
          .discriminatedUnion('k', [z.object({ k: z.literal('a'), width: z.number() })])
          .default({ k: 'a', width: 1 }),
      }),
      'm.widht=2',
      'Pipeline p has no parameter m.widht (did you mean "m.width"?); it has m.k, m.width.',
    ],
    [
      'a record of objects',
      z.object({ all: z.record(z.string(), z.object({ width: z.number() })) }),
      'all.x.widht=2',
      'Pipeline p has no parameter all.x.widht (did you mean "all.x.width"?); it has all.x.width.',
    ],
    [
      'zod/mini',
      mini.object({ scale: mini.number() }),
      'scal=2',
      'Pipeline p has no parameter scal (did you mean "scale"?); it has scale.',
    ],
  ])('in %s', (_, schema, setting, message) => {
    expect(() => parse(schema, setting)).toThrow(new ParamError(message));
  });

  test('and accepted where the schema lets others pass', () => {
    expect(parse(z.looseObject({ a: z.number() }), 'a=1', 'b=2')).toEqual({ a: 1, b: 2 });
    expect(parse(z.object({}).catchall(z.string()), 'b=2')).toEqual({ b: '2' });
    expect(parse(z.record(z.string(), z.number()), 'b=2')).toEqual({ b: 2 });
  });
});

test('params of a caller are plain values, and what is undefined is not given', () => {
  expect(settingOfUnknown({ a: undefined, b: [1, null], c: -0 }, 'params')).toEqual(settingOf({ b: [1, null], c: 0 }));
  for (const wrong of [Number.NaN, () => 1, new Date(0), 1n, Symbol.iterator])
    expect(() => settingOfUnknown({ a: [wrong] }, 'params')).toThrow(/^params\.a\[0\] is .*; parameters are null/);
});

describe('a path', () => {
  test('quotes names with other signs', () => {
    const schema = z.object({
      'a.b': z.number(),
      '[0]': z.number(),
      'x y=': z.number(),
      'c:': z.number(),
      m: z.object({ 'd.e': z.number() }),
    });
    expect(parse(schema, '"a.b"=1', '"[0]"=2', '"x y="=3', '"c:"=4', 'm["d.e"]=5')).toEqual({
      'a.b': 1,
      '[0]': 2,
      'x y=': 3,
      'c:': 4,
      m: { 'd.e': 5 },
    });
    expect(parse(z.object({ 'größe-1_ä/b': z.number() }), 'größe-1_ä/b=1')).toEqual({ 'größe-1_ä/b': 1 });
  });
  test.each(['', '=1', 'a', 'a.', '.a=1', 'a..b=1', 'a[=1', 'a[x]=1', 'a b=1', 'a"b=1', '"a=1'])(
    'refuses %j',
    (text) => {
      expect(() => parseOverride(text)).toThrow(UsageError);
    },
  );
  test('may be a name that objects have by birth', () => {
    expect(parse(z.record(z.string(), z.number()), 'constructor=1', 'toString=2')).toEqual({
      constructor: 1,
      toString: 2,
    });
    expect(() => parse(z.object({ a: z.number().default(1) }), 'toString=2')).toThrow('has no parameter toString');
  });
});

describe('a value beyond a bound is told with the bound', () => {
  const Bounded = z.object({
    n: z.number().min(2).max(5).default(3),
    open: z.number().gt(0).lt(1).default(0.5),
    name: z.string().min(2).max(4).default('abc'),
    code: z.string().length(3).default('abc'),
    list: z.array(z.number()).min(1).max(2).default([1]),
    own: z.number().min(2, 'Two or more, please').default(2),
    even: z.number().multipleOf(2).default(2),
  });
  test.each([
    ['n=1', 'n of it must be at least 2, and is 1.'],
    ['n=6', 'n of it must be at most 5, and is 6.'],
    ['open=0', 'open of it must be greater than 0, and is 0.'],
    ['open=1', 'open of it must be less than 1, and is 1.'],
    ['name=a', 'name of it must have at least 2 characters, and has 1.'],
    ['name=abcde', 'name of it must have at most 4 characters, and has 5.'],
    ['code=ab', 'code of it must have exactly 3 characters, and has 2.'],
    ['list=[]', 'list of it must have at least 1 item, and has 0.'],
    ['list=[1,2,3]', 'list of it must have at most 2 items, and has 3.'],
    ['own=1', 'own of it cannot be 1: two or more, please.'],
    ['even=3', 'even of it cannot be 3: invalid number, must be a multiple of 2.'],
  ])('%s', (given, words) => {
    expect(() => parseLayers('It', Bounded, overrideLayers([parseOverride(given)]))).toThrow(`Parameter ${words}`);
  });
});
