/** Settings that meet: on the command line in any order, in lists, in variants of a union, in layers. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseOverride } from '../../../src/core/params/override.ts';
import { parseLayers } from '../../../src/core/params/parse-params.ts';
import { type Layer, settingOf } from '../../../src/core/params/setting.ts';
import { UsageError } from '../../../src/errors.ts';
import { parse, Train, typed } from './typed.ts';

describe('the order of -S has no meaning', () => {
  const Model = z.union([z.strictObject({ layers: z.int() }), z.strictObject({ layers: z.int(), tag: z.string() })]);
  test('in a union', () => {
    const schema = z.object({ model: Model });
    const model = { layers: 3, tag: '7' };
    expect(parse(schema, 'model.layers=3', 'model.tag=7')).toEqual({ model });
    expect(parse(schema, 'model.tag=7', 'model.layers=3')).toEqual({ model });
    expect(parse(z.object({ model: Model.default({ layers: 3 }) }), 'model.tag=7')).toEqual({ model });
  });

  test('for a value and the members that refine it', () => {
    const schema = z.object({ train: Train, list: z.array(Train).default([]) });
    const expected = {
      train: { rate: 1, momentum: 2 },
      list: [
        { rate: 3, momentum: 0.5 },
        { rate: 4, momentum: 0.5 },
      ],
    };
    const settings = ['train={"rate":1}', 'train.momentum=2', 'list=[{},{}]', 'list[1].rate=4', 'list[0].rate=3'];
    expect(parse(schema, ...settings)).toEqual(expected);
    expect(parse(schema, ...settings.reverse())).toEqual(expected);
  });

  test('so two values for one path are refused', () => {
    const schema = z.object({ a: z.number() });
    expect(() => parse(schema, 'a=1', 'a=2')).toThrow(
      new UsageError('-S gives a two values, 1 and 2; give it once, since the order of -S has no meaning.'),
    );
    expect(parse(schema, 'a=1', 'a=1')).toEqual({ a: 1 });
    expect(() => parse(z.object({ a: z.unknown() }), 'a=1', 'a.b=2')).toThrow(
      'Parameter a of pipeline p is set to 1, which has no members, so none of them can be set.',
    );
  });
});

describe('a variant of a union', () => {
  const Adam = z.object({ kind: z.literal('adam'), rate: z.number().default(0.001), beta: z.number().default(0.9) });
  const Sgd = z.object({ kind: z.literal('sgd'), rate: z.number().default(0.1) });
  const schema = z.object({
    optimizer: z.discriminatedUnion('kind', [Adam, Sgd]).default({ kind: 'adam', rate: 0.5, beta: 0.6 }),
  });
  test('keeps its other members when one is set', () => {
    expect(parse(schema, 'optimizer.beta=0.7')).toEqual({ optimizer: { kind: 'adam', rate: 0.5, beta: 0.7 } });
  });
  test('starts from its own defaults when it is chosen', () => {
    expect(parse(schema, 'optimizer.kind=sgd')).toEqual({ optimizer: { kind: 'sgd', rate: 0.1 } });
  });
  test('is named by what is wrong with it', () => {
    expect(() => parse(schema, 'optimizer.kind=sdg')).toThrow(
      'Parameter optimizer.kind of pipeline p cannot be "sdg" (did you mean "sgd"?); it takes adam or sgd.',
    );
    expect(() => parse(schema, 'optimizer.kind=sgd', 'optimizer.rate=fast')).toThrow(
      'Parameter optimizer.rate of pipeline p cannot be "fast"; it takes a number.',
    );
    expect(() => parse(schema, 'optimizer.kind=sgd', 'optimizer.beta=1')).toThrow(
      'Pipeline p has no parameter optimizer.beta in the variant that is chosen, which has optimizer.kind, optimizer.rate.',
    );
    expect(() => parse(z.object({ x: z.union([z.number(), z.boolean()]) }), 'x=maybe')).toThrow(
      'Parameter x of pipeline p cannot be "maybe"; it takes a number or true or false.',
    );
  });
});

describe('lists', () => {
  const schema = z.object({
    list: z.array(z.object({ width: z.int(), name: z.string().default('n') })).default([
      { width: 1, name: 'a' },
      { width: 2, name: 'b' },
    ]),
  });
  test('change by position, grow at their end, and are replaced as a whole', () => {
    expect(parse(schema, 'list[1].width=12')).toEqual({
      list: [
        { width: 1, name: 'a' },
        { width: 12, name: 'b' },
      ],
    });
    expect(parse(schema, 'list.1.width=12')).toEqual({
      list: [
        { width: 1, name: 'a' },
        { width: 12, name: 'b' },
      ],
    });
    expect(parse(schema, 'list[3].width=4', 'list[2]={width: 3}')).toEqual({
      list: [
        { width: 1, name: 'a' },
        { width: 2, name: 'b' },
        { width: 3, name: 'n' },
        { width: 4, name: 'n' },
      ],
    });
    expect(parse(schema, 'list=[{"width":7}]')).toEqual({ list: [{ width: 7, name: 'n' }] });
    expect(parse(schema, 'list=[]')).toEqual({ list: [] });
    expect(parse(z.object({ pair: z.tuple([z.number(), z.string()]).default([1, 'a']) }), 'pair[1]=2')).toEqual({
      pair: [1, '2'],
    });
  });
  test.each([
    [
      'list[3].width=1',
      'Parameter list[3] of pipeline p is beyond the end of the list, whose last position is [1]; [2] adds an item.',
    ],
    ['list[0].width=x', 'Parameter list[0].width of pipeline p cannot be "x"; it takes a number.'],
    ['list=3', 'Parameter list of pipeline p cannot be 3; it takes a list, such as [1,2].'],
    ['list.width=3', 'Pipeline p has no parameter list.width'],
  ])('refuse %s', (setting, message) => {
    expect(() => parse(schema, setting)).toThrow(message);
  });
  test('count from 0', () => {
    expect(() => parseOverride('list[-1]=2')).toThrow(
      'is not of the form path=value: a position in a list counts from 0 at its beginning',
    );
  });
});

describe('layers', () => {
  const schema = z.object({ train: Train.default({ rate: 0.002, momentum: 0.9 }), job: z.string().default('j') });
  const file = (value: Parameters<typeof settingOf>[0], place: string): Layer => ({
    source: 'f.json',
    setting: settingOf(value, place),
  });
  test('merge, and the last one wins', () => {
    const layers = [
      file({ train: { rate: 1 }, job: 'a' }, 'a.json'),
      file({ train: { momentum: 2 } }, 'b.json'),
      ...typed('train.rate=3'),
    ];
    expect(parseLayers('Pipeline p', schema, layers)).toEqual({ train: { rate: 3, momentum: 2 }, job: 'a' });
  });
  test('are named in errors', () => {
    expect(() => parseLayers('Pipeline p', schema, [file({ train: { rate: 'x' } }, 'a.json:3')])).toThrow(
      'Parameter train.rate of pipeline p cannot be "x"; it takes a number (a.json:3).',
    );
    expect(() => parseLayers('Pipeline p', schema, [file({ train: { rte: 1 } }, 'a.json:3')])).toThrow(
      'Pipeline p has no parameter train.rte (did you mean "train.rate"?); it has train.rate, train.momentum, job (a.json:3).',
    );
  });
  test('may be what a run had, to the letter, also behind transforms', () => {
    const transformed = z.object({
      kelvin: z
        .number()
        .default(20)
        .transform((c) => c + 273),
      weights: z.record(z.string(), z.number()).default({ a: 1 }),
      model: z
        .discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b'), n: z.number() })])
        .default({ k: 'a' }),
      list: z.array(z.number()).default([1]),
      later: z.number().default(5),
    });
    const recorded = { kelvin: 293, weights: { b: 2 }, model: { k: 'b', n: 1 }, list: [] };
    const like: Layer = { source: 'run 3', setting: { own: { recorded } } };
    expect(parseLayers('Pipeline p', transformed, [like])).toEqual({ ...recorded, later: 5 });
    expect(parseLayers('Pipeline p', transformed, [like, ...typed('kelvin=0', 'model.n=4')])).toEqual({
      ...recorded,
      kelvin: 273,
      model: { k: 'b', n: 4 },
      later: 5,
    });
    expect(() =>
      parseLayers('Pipeline p', schema, [{ source: 'run 3', setting: { own: { recorded: { scale: 2 } } } }]),
    ).toThrow(
      "Pipeline p has no parameter scale, which run 3 had; the pipeline has changed since, so leave it out with -S '~scale'.",
    );
    expect(() =>
      parseLayers('Pipeline p', schema, [{ source: 'run 3', setting: { own: { recorded: { job: 2 } } } }]),
    ).toThrow('Parameter job of pipeline p cannot be 2; it takes text (run 3).');
  });
});
