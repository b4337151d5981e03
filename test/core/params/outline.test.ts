import { expect, test } from 'vitest';
import { z } from 'zod';
import { defaultsOf, outlineOf } from '../../../src/core/params/outline.ts';

const told = (schema: z.ZodType): readonly string[] =>
  outlineOf(schema).map(({ path, type, choices, range, optional, when, description }) =>
    [path, choices?.join('|') ?? type, range, optional ? 'optional' : null, when, description]
      .filter((word) => word !== null)
      .join('; '),
  );

test('an outline tells what each parameter takes', () => {
  interface Tree {
    readonly v: number;
    readonly next?: Tree | undefined;
  }
  const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ v: z.number(), next: Tree.optional() }));
  const schema = z.strictObject({
    folds: z.int().min(2).max(10).default(5).describe('how many parts'),
    rate: z.number().gt(0).lt(1).describe('of learning'),
    least: z.number().min(0).multipleOf(0.5),
    name: z.string().min(3).optional(),
    mail: z.email().nullable(),
    pattern: z.string().regex(/a/),
    kind: z.enum(['a', 'b']).or(z.literal(3)).prefault('a'),
    maybe: z.literal('x').nullable(),
    flag: z.boolean().default(true),
    train: z
      .object({ rate: z.number().default(1), deep: z.object({ er: z.unknown() }) })
      .default({ rate: 2, deep: { er: 1 } }),
    list: z.array(z.object({ width: z.int() })).min(1),
    pair: z.tuple([z.number(), z.string()]),
    all: z.record(z.string(), z.number()).default({}),
    either: z.union([z.number(), z.string(), z.array(z.string())]),
    model: z.discriminatedUnion('k', [
      z.object({ k: z.literal('deep'), layers: z.int().max(9) }),
      z.object({ k: z.literal('flat') }),
    ]),
    both: z.object({ p: z.number() }).and(z.object({ q: z.number() })),
    text: z.string().transform(Number),
    seen: z.preprocess((value) => value, z.number()),
    'a.b': z.bigint(),
    tree: Tree.optional(),
  });
  expect(told(schema)).toEqual([
    'folds; whole number; 2 to 10; how many parts',
    'rate; number; > 0, < 1; of learning',
    'least; number; >= 0, a multiple of 0.5',
    'name; text; at least 3 characters; optional',
    'mail; text (email) or null',
    'pattern; text',
    'kind; a|b|3',
    'maybe; x|',
    'flag; true or false',
    'train.rate; number',
    'train.deep.er; anything',
    'list; list of objects with width; at least 1 item',
    'pair; list of number, text',
    'all; numbers by name',
    'either; number or text or list of texts',
    'model.k; deep|flat',
    'model.layers; whole number; <= 9; model.k=deep',
    'both.p; number',
    'both.q; number',
    'text; text',
    'seen; number',
    '"a.b"; whole number',
    'tree.v; number',
    'tree.next; object with v, next; optional',
  ]);
});

test('the values without settings are those that the schema gives, as far as it gives any', () => {
  expect(defaultsOf(z.object({ a: z.number().default(1), b: z.number().optional() }) as z.ZodType)).toEqual({ a: 1 });
  expect(defaultsOf(z.object({ a: z.number().default(1), b: z.number() }) as z.ZodType)).toEqual({ a: 1 });
});
