/** What is accepted without zod is what zod gives back, and nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { canonical } from '../../../src/core/identity/canonical.ts';
import { parseParams } from '../../../src/core/params/parse-params.ts';
import { plainParams } from '../../../src/core/params/plain-params.ts';

const SCALARS: readonly z.ZodType[] = [
  z.number(),
  z.int(),
  z.int().min(1).max(3),
  z.number().gt(0).lte(1),
  z.number().int(),
  z.number().multipleOf(2),
  z.int32(),
  z.coerce.number(),
  z.string(),
  z.string().trim(),
  z.string().min(1),
  z.email(),
  z.boolean(),
  z.coerce.boolean(),
  z.enum(['x', 'y']),
  z.enum({ one: 1, two: 2 }),
  z.literal(['x', 1]),
  z.number().default(1),
  z
    .number()
    .default(1)
    .refine((value) => value !== 0),
  z.string().optional(),
  z.number().nullable(),
  z.number().catch(2),
  z.boolean().refine((value) => value),
  z.string().transform((text) => `${text}!`),
  z.preprocess((value) => value ?? 1, z.number()),
  z.unknown(),
  z.union([z.number(), z.string()]),
  mini.number(),
  mini.string().check(mini.trim()),
  mini.int().check(mini.minimum(1)),
] as never;

const value = fc.constantFrom<unknown>(
  ...[
    0,
    -0,
    1,
    1.5,
    2,
    4,
    -1,
    2 ** 40,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    'x',
    'y',
    ' x ',
    '1',
    '\ud800',
  ],
  ...[true, false, null, undefined, [1], { x: 1 }, new Date(0), 1n],
);

const OBJECTS: readonly ((shape: Record<string, z.ZodType>) => z.ZodType)[] = [
  (shape) => z.strictObject(shape),
  (shape) => z.object(shape),
  (shape) => z.looseObject(shape),
  (shape) => z.object(shape).catchall(z.number()),
  (shape) => z.strictObject(shape).refine((given) => Object.keys(given).length < 2),
  (shape) => z.strictObject(shape).readonly(),
  (shape) => mini.strictObject(shape) as unknown as z.ZodType,
];

/** The canonical value of what zod gives, or undefined where it refuses. */
function byZod(schema: z.ZodType, given: unknown): string | undefined {
  try {
    return JSON.stringify(canonical(parseParams(() => 'Node n', schema, given)));
  } catch {
    return undefined;
  }
}

describe('parameters that are taken without zod', () => {
  test('are what zod gives for them, over random schemas and values', () => {
    const name = fc.constantFrom('b', 'a', 'é', 'toString', '__proto__', 'B');
    let taken = 0;
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.constantFrom(...SCALARS), { maxKeys: 3 }),
        fc.constantFrom(...OBJECTS),
        fc.array(fc.dictionary(name, value, { maxKeys: 3 }), { maxLength: 4 }),
        fc.array(value, { maxLength: 6 }),
        (shape, makeObject, values, scalars) => {
          const schema = makeObject(shape);
          const matching = Object.fromEntries(Object.keys(shape).map((key, at) => [key, scalars[at]]));
          for (const given of [...values, matching]) {
            const plain = plainParams(schema, given);
            if (plain === undefined) continue;
            taken += 1;
            expect(JSON.stringify(plain)).toBe(byZod(schema, given));
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test('are those of an ordinary stage', () => {
    const schema: z.ZodType = z.strictObject({ width: z.int().positive(), rate: z.number(), mode: z.enum(['a', 'b']) });
    const plain = plainParams(schema, { width: 3, rate: 0.5, mode: 'b' });
    expect(JSON.stringify(plain)).toBe('{"mode":"b","rate":0.5,"width":3}');
  });

  test.each<[string, unknown]>([
    ['a member is missing', { width: 3 }],
    ['there is another member', { width: 3, rate: 1, depth: 1 }],
    ['a member breaks a rule', { width: 0, rate: 1 }],
    ['a member would become another value', { width: 3, rate: -0 }],
    ['they are an object of a class', Object.assign(new Date(), { width: 3, rate: 1 })],
  ])('are not taken where %s', (_, given) => {
    const schema: z.ZodType = z.strictObject({ width: z.int().positive(), rate: z.number() });
    expect(plainParams(schema, given)).toBeUndefined();
  });
});
