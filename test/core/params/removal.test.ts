/** Taking away: members of records and optional parameters, in any order with what else is given. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CanonicalValue, canonical } from '../../../src/core/identity/canonical.ts';
import { overrideWord, parseOverride } from '../../../src/core/params/override.ts';
import { parseLayers } from '../../../src/core/params/parse-params.ts';
import { leavesOf, overrideText } from '../../../src/core/params/paste.ts';
import type { Layer } from '../../../src/core/params/setting.ts';
import { parse, Train, typed } from './typed.ts';

const weights = z.record(z.string(), z.number()).default({ a: 1, b: 2 });
const like = (recorded: unknown): Layer => ({
  source: 'run 3',
  setting: { own: { recorded: recorded as CanonicalValue } },
});

describe('-S ~path removes', () => {
  test('a member of a record, and leaves the others', () => {
    expect(parse(z.object({ weights }), '~weights.a')).toEqual({ weights: { b: 2 } });
    expect(parse(z.object({ weights }), '~weights.a', 'weights.c=3')).toEqual({ weights: { b: 2, c: 3 } });
    expect(parse(z.object({ weights }), '~weights["a"]', '~weights.b')).toEqual({ weights: {} });
  });

  test('a parameter that is optional, wherever its value came from', () => {
    const schema = z.strictObject({
      train: z.strictObject({ clip: z.number().optional(), rate: z.number() }).default({ clip: 5, rate: 1 }),
    });
    expect(parse(schema, '~train.clip')).toEqual({ train: { rate: 1 } });
    const recorded = like({ train: { clip: 7, rate: 2 } });
    expect(parseLayers('Pipeline p', schema, [recorded, ...typed('~train.clip')])).toEqual({ train: { rate: 2 } });
    expect(parseLayers('Pipeline p', schema, [like({ train: { rate: 2 } })])).toEqual({ train: { rate: 2 } });
  });

  test('a member of what takes anything, and one that a name passes', () => {
    expect(parse(z.object({ any: z.unknown().default({ a: 1, b: [2] }) }), '~any.a')).toEqual({ any: { b: [2] } });
    expect(parse(z.object({ l: z.looseObject({}).default({ a: 1, b: 2 }) }), '~l.a')).toEqual({ l: { b: 2 } });
  });

  test('in a variant of a union and in both sides of an intersection', () => {
    const Adam = z.object({ kind: z.literal('adam'), clip: z.number().optional() });
    const Sgd = z.object({ kind: z.literal('sgd') });
    const start = { kind: 'adam' as const, clip: 1 };
    const schema = z.object({ by: z.discriminatedUnion('kind', [Adam, Sgd]).default(start) });
    expect(parse(schema, '~by.clip')).toEqual({ by: { kind: 'adam' } });
    const both = z.object({ o: z.object({ a: z.number().optional() }).and(z.object({ b: z.number().optional() })) });
    expect(parseLayers('Pipeline p', both, [like({ o: { a: 1, b: 2 } }), ...typed('~o.b')])).toEqual({ o: { a: 1 } });
  });

  test('all that was there, when a value or paths below it are given too', () => {
    const schema = z.object({ weights, train: Train.default({ rate: 0.002, momentum: 0.9 }) });
    expect(parse(schema, '~weights', 'weights.c=3')).toMatchObject({ weights: { c: 3 } });
    expect(parse(schema, 'weights={}', '~weights')).toMatchObject({ weights: {} });
    expect(parse(schema, '~train', 'train.momentum=1')).toMatchObject({ train: { rate: 0.1, momentum: 1 } });
  });

  test('what a run had and the schema no longer knows', () => {
    const layers = [like({ old: 1, rate: 2 }), ...typed('~old')];
    expect(parseLayers('Pipeline p', z.strictObject({ rate: z.number() }), layers)).toEqual({ rate: 2 });
  });
});

describe('-S ~path is refused', () => {
  test('for names that are not there, with the nearest', () => {
    expect(() => parse(z.object({ weights }), '~weights.aa')).toThrow(
      'Pipeline p has no parameter weights.aa to remove (did you mean "weights.a"?); it has weights.a, weights.b.',
    );
    expect(() => parse(z.object({ weights: z.record(z.string(), z.number()).default({}) }), '~weights.a')).toThrow(
      'Pipeline p has no parameter weights.a to remove; there is none beside it.',
    );
    expect(() => parse(z.object({ weights }), '~weight.a')).toThrow('no parameter weight (did you mean "weights"?)');
  });

  test('for what is not optional, and for items of lists', () => {
    const schema = z.object({ train: Train.default({ rate: 1, momentum: 1 }), list: z.array(z.int()).default([1]) });
    expect(() => parse(schema, '~train.rate')).toThrow('train.rate of pipeline p cannot be removed, since it is not');
    expect(() => parse(schema, '~list[0]')).toThrow('list[0] of pipeline p is an item of a list, which cannot be');
  });

  test('if it is not a path alone', () => {
    expect(() => parseOverride('~a.b=1')).toThrow(
      "-S ~a.b=1 removes a.b and gives it a value; write -S '~a.b' to remove it, -S a.b=1 to set it, or both. A name that begins with ~ needs double quotes.",
    );
    expect(() => parseOverride('~')).toThrow(
      "-S ~ is not of the form ~path: a name is missing; write for example -S '~weights.first'",
    );
    expect(parse(z.object({ '~a': z.number() }), '"~a"=1')).toEqual({ '~a': 1 });
    expect(overrideText({ path: leavesOf({ '~a': 1 })[0]!.path, value: 1 })).toBe('"~a"=1');
    expect(overrideWord(parseOverride('~a.b'))).toBe('~a.b');
  });
});

describe('for any parameters with some removed', () => {
  const name = fc.stringMatching(/^[a-z]{1,2}$/);
  const members = fc.dictionary(name, fc.integer(), { minKeys: 1, maxKeys: 4 });
  const wraps = fc.constantFrom<(start: Readonly<Record<string, number>>) => z.ZodType>(
    (start) => z.record(z.string(), z.number()).default(start),
    (start) => z.looseObject({}).default(start),
    (start) => z.unknown().default(start),
    (start) =>
      z.strictObject(Object.fromEntries(Object.keys(start).map((key) => [key, z.int().optional()]))).default(start),
  );

  test('the run holds what is left, and --like or what is shown gives it again, in any order', () => {
    fc.assert(
      fc.property(members, wraps, fc.infiniteStream(fc.boolean()), fc.boolean(), (start, wrap, coin, reversed) => {
        const names = Object.keys(start);
        const gone = names.filter(() => coin.next().value);
        const set = names.filter((key) => !gone.includes(key) && coin.next().value);
        const schema = z.object({ p: wrap(start) });
        const expected = Object.fromEntries(
          Object.entries(start).flatMap(([key, value]) =>
            gone.includes(key) ? [] : [[key, set.includes(key) ? value + 1 : value]],
          ),
        );
        const words = [...gone.map((key) => `~p.${key}`), ...set.map((key) => `p.${key}=${start[key]! + 1}`)];
        const params = canonical(parse(schema, ...(reversed ? words.reverse() : words)));
        expect(params).toEqual(canonical({ p: expected }));

        expect(canonical(parseLayers('Pipeline p', schema, [like(params)]))).toEqual(params);
        const shown = typed(...leavesOf(params).map(overrideText));
        expect(canonical(parseLayers('Pipeline p', schema, [like(params), ...shown]))).toEqual(params);
      }),
    );
  });
});
