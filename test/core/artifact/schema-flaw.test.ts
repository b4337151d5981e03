/** Which schemas json() takes, and what it does with values that they change. */
import { describe, expect, test } from 'vitest';
import * as mini from 'zod/mini';
import * as zod3 from 'zod/v3';
import { z } from 'zod';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { checkCodecs } from '../../../src/core/authoring/check-codecs.ts';
import { many, stage } from '../../../src/core/authoring/stage.ts';
import { DataError, DecodeError, DefinitionError } from '../../../src/errors.ts';

const declare = (schema: z.ZodType, side: 'inputs' | 'outputs' | 'many' = 'outputs') =>
  stage({
    name: 'lab/fit',
    params: z.strictObject({}),
    inputs: side === 'inputs' ? { y: json(schema) } : side === 'many' ? { y: many(json(schema)) } : {},
    outputs: side === 'outputs' ? { y: json(schema) } : { n: json<number>() },
    run: () => ({}) as never,
  });

function refusal(schema: unknown, side?: 'inputs' | 'outputs' | 'many'): string {
  try {
    checkCodecs(declare(schema as z.ZodType, side), true);
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError);
    return (error as DefinitionError).message;
  }
  throw new Error('it was taken');
}

const kelvin = z.number().transform((celsius) => celsius + 273);

interface Tree {
  readonly value: number;
  readonly kids: readonly Tree[];
}
const treeOf = (leaf: z.ZodType<number>): z.ZodType<Tree> => {
  const tree: z.ZodType<Tree> = z.object({ value: leaf, kids: z.lazy(() => z.array(tree)) });
  return tree;
};

describe('a stage with a schema that changes its values each time', () => {
  test('is refused, in one sentence that names output, stage, place and remedy', () => {
    expect(refusal(z.object({ fits: z.array(z.object({ t: kelvin })) }))).toBe(
      "Output y of stage lab/fit has a schema with a transform at fits[].t: it would change the value when it is written and again when it is read; change the value in the stage's run, and check it here with refine().",
    );
    expect(refusal(kelvin, 'inputs')).toContain('Input y of stage lab/fit has a schema with a transform: ');
    expect(refusal(kelvin, 'many')).toContain('Input y of stage lab/fit has a schema with a transform: ');
  });

  test('is refused as soon as it is declared, unless a part has to wait for the modules that are still loading', () => {
    for (const schema of [kelvin, z.object({ a: kelvin }), z.array(z.object({ a: z.object({ b: kelvin }) }).partial())])
      expect(() => declare(schema)).toThrow('has a schema with a transform');
    // The constant stands further down, as in a circle of modules: to call the getter now would break zod's schema.
    const lazy = [z.lazy(() => later), z.object({ a: z.lazy(() => z.array(later)) })];
    const ofGetters = z.object({
      get a() {
        return later.nullable();
      },
    });
    const stages = [...lazy, ofGetters, ofGetters.extend({ b: z.number() })].map((schema) => declare(schema));
    const later = kelvin;
    for (const each of stages) expect(() => checkCodecs(each, true)).toThrow(DefinitionError);
  });

  test.each([
    ['a transform', z.strictObject({ a: kelvin }), 'a transform at a'],
    ['z.transform', z.transform((value) => [value]), 'a transform'],
    ['a codec', z.object({ a: z.codec(z.string(), z.number(), { decode: Number, encode: String }) }), 'a codec at a'],
    ['stringbool', z.array(z.stringbool()), 'a codec at []'],
    ['preprocess', z.tuple([z.number(), z.preprocess(Number, z.number())]), 'a z.preprocess() at [1]'],
    ['overwrite', z.object({ a: z.number().overwrite((n) => n + 1) }), 'an overwrite() at a'],
    ['success', z.success(z.string()), 'a z.success()'],
    ['a promise', z.promise(z.number()), 'a promise'],
    [
      'an asynchronous refine',
      z.object({ a: z.number().refine(async () => await Promise.resolve(true)) }),
      'an asynchronous check at a',
    ],
    ['a union', z.union([z.string(), z.object({ b: kelvin })]), 'a transform at b'],
    [
      'a discriminated union',
      z.discriminatedUnion('k', [z.object({ k: z.literal(1), b: kelvin })]),
      'a transform at b',
    ],
    ['an intersection', z.intersection(z.object({ a: z.number() }), z.object({ b: kelvin })), 'a transform at b'],
    ['the values of a record', z.record(z.string(), kelvin), 'a transform at *'],
    [
      'the keys of a record',
      z.record(
        z.string().transform((key) => `${key}x`),
        z.number(),
      ),
      'a transform at (a key)',
    ],
    ['a catchall', z.object({}).catchall(kelvin), 'a transform at *'],
    ['the rest of a tuple', z.tuple([z.number()], kelvin), 'a transform at []'],
    ['optional', z.object({ a: kelvin.optional() }), 'a transform at a'],
    ['nullable', kelvin.nullable(), 'a transform'],
    ['default', z.object({ a: kelvin.default(5) }), 'a transform at a'],
    ['prefault', z.object({ a: kelvin.prefault(5) }), 'a transform at a'],
    ['catch', kelvin.catch(5), 'a transform'],
    ['readonly', z.array(kelvin).readonly(), 'a transform at []'],
    ['nonoptional', kelvin.optional().nonoptional(), 'a transform'],
    ['a pipe to a transform', z.string().pipe(z.transform((s) => s.length)), 'a transform'],
    ['brand and description', z.object({ a: kelvin.brand('K').describe('k') }), 'a transform at a'],
    ['a lazy part', z.lazy(() => z.object({ a: kelvin })), 'a transform at a'],
    ['a recursive schema', treeOf(kelvin), 'a transform at value'],
    [
      'a recursive schema with getters',
      z.object({
        a: z.number(),
        get b() {
          return z.array(z.object({ c: kelvin }));
        },
      }),
      'a transform at b[].c',
    ],
    [
      'zod/mini',
      mini.object({
        a: mini.pipe(
          mini.number(),
          mini.transform((n: number) => n + 1),
        ),
      }),
      'a transform at a',
    ],
    ['a schema of zod 3', zod3.z.object({ a: zod3.z.number() }), 'a schema of zod 3: '],
    ['something else', z.object({ a: 5 as never }), 'no schema of zod at a: '],
  ])('is refused wherever it hides: %s', (_, schema, what) => {
    expect(refusal(schema)).toContain(`Output y of stage lab/fit has a schema with ${what}`);
  });
});

describe('a schema that leaves parsed values as they are', () => {
  test.each([
    [
      'checks',
      z.strictObject({
        a: z
          .number()
          .min(1)
          .refine((n) => n < 9),
        b: z.email().optional(),
      }),
      { a: 2 },
      { a: 2 },
    ],
    ['defaults', z.object({ a: z.number().default(5), b: z.string().prefault('x') }), {}, { a: 5, b: 'x' }],
    ['catch', z.object({ a: z.number().catch(0) }), { a: 'no' }, { a: 0 }],
    ['coercion', z.object({ a: z.coerce.number(), b: z.coerce.string() }), { a: '5', b: 6 }, { a: 5, b: '6' }],
    ['trim and change of case', z.string().trim().toLowerCase().normalize('NFC'), ' Ab ', 'ab'],
    ['slugify', z.string().slugify(), 'Some Words', 'some-words'],
    ['zod/mini trim', mini.string().check(mini.trim()), ' a ', 'a'],
    ['a pipe of checks', z.string().pipe(z.email()), 'a@b.cd', 'a@b.cd'],
    ['unknown members dropped', z.object({ a: z.number() }), { a: 1, b: 2 }, { a: 1 }],
    [
      'recursion',
      treeOf(z.number()),
      { value: 1, kids: [{ value: 2, kids: [] }] },
      { value: 1, kids: [{ value: 2, kids: [] }] },
    ],
    ['any JSON', z.json(), [{ a: null }], [{ a: null }]],
    ['-0', z.object({ a: z.number() }), { a: -0 }, { a: -0 }],
  ])('is taken, and what is read is what was written: %s', (_, schema, given, kept) => {
    const codec = json(schema as z.ZodType);
    checkCodecs(declare(schema as z.ZodType), true);
    const content = Buffer.concat(codec.encode(given, 'out'));
    expect(codec.decode(content, 'in')).toEqual(kept);
    expect(Buffer.concat(codec.encode(kept, 'out'))).toEqual(content);
  });

  test.each([
    [
      'a default that does not fit',
      z.object({ a: z.string().min(5).default('x') }),
      {},
      /^out does not fit its own schema once it is parsed, at a: Too small/,
    ],
    [
      'a check that changes the value',
      z.number().check((context) => {
        context.value += 1;
      }),
      5,
      /^out is changed by its schema each time it is parsed/,
    ],
    [
      'a chain of coercions that does not settle',
      z.coerce.string().pipe(z.coerce.boolean()).pipe(z.coerce.number()),
      '',
      /^out is changed by its schema each time/,
    ],
    [
      'an asynchronous check that hides',
      z.number().superRefine(() => Promise.resolve() as never),
      5,
      /^out has a schema with an asynchronous check: /,
    ],
    [
      'a member called __proto__',
      z.record(z.string(), z.number()),
      JSON.parse('{"__proto__":1}') as unknown,
      /^out has a member called __proto__, which zod drops/,
    ],
  ])('is refused when a value shows that it does not: %s', (_, schema, given, message) => {
    const encode = () => json(schema as z.ZodType).encode(given, 'out');
    expect(encode).toThrow(DataError);
    expect(encode).toThrow(message);
  });

  test('refuses a value that does not fit, when written and when read', () => {
    const codec = json(z.object({ a: z.number() }));
    expect(() => codec.encode({ a: 'x' } as never, 'out')).toThrow(DecodeError);
    expect(() => codec.decode(Buffer.from('{"a":"x"}'), 'in')).toThrow('in does not fit its schema at a');
  });
});
