import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CanonicalValue, canonical } from '../../../src/core/identity/canonical.ts';
import { overrideLayers, parseOverride } from '../../../src/core/params/override.ts';
import { parseLayers } from '../../../src/core/params/parse-params.ts';
import { leavesOf, overrideText } from '../../../src/core/params/paste.ts';
import { settingOf } from '../../../src/core/params/setting.ts';

interface Case {
  readonly schema: z.ZodType;
  readonly value: CanonicalValue;
}

const awkward = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    'null',
    'true',
    '1.10',
    '[1]',
    '{"a":1}',
    '"q"',
    'a b',
    '1e400',
    'NaN',
    "it's",
    '20180814033130818988',
  ),
);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const name = fc.oneof(
  fc.stringMatching(/^[a-z]{1,4}$/),
  fc.constantFrom('a.b', 'x y', '[0]', 'c:', '0', 'a=b', '"', 'toString'),
);

/** A schema, and a value that it gives. */
const cases = fc.letrec<{ any: Case; leaf: Case }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc
      .uniqueArray(fc.tuple(name, tie('any')), { selector: ([key]) => key, minLength: 1, maxLength: 3 })
      .chain((members) =>
        fc.constantFrom(z.object, z.strictObject, z.looseObject).map((make) => ({
          schema: make(Object.fromEntries(members.map(([key, { schema }]) => [key, schema]))),
          value: Object.fromEntries(members.map(([key, { value }]) => [key, value])),
        })),
      ),
    tie('any').map(({ schema, value }) => ({ schema: z.array(schema), value: [value, value] })),
    tie('any').map(({ schema, value }) => ({ schema: z.record(z.string(), schema), value: { k: value } })),
    tie('any').map(({ schema, value }) => ({ schema: schema.nullable().optional(), value })),
    tie('any').map(({ schema, value }) => ({ schema: z.lazy(() => schema), value })),
  ),
  leaf: fc.oneof(
    awkward.map((value) => ({ schema: z.string(), value })),
    number.map((value) => ({ schema: z.number(), value })),
    fc.boolean().map((value) => ({ schema: z.boolean(), value })),
    fc.constant({ schema: z.string().nullable(), value: null }),
    fc.constantFrom('a', '1', 'null').map((value) => ({ schema: z.enum(['a', '1', 'null']), value })),
    fc.oneof(awkward, number, fc.boolean(), fc.constant(null)).map((value) => ({
      schema: z.union([z.string(), z.number(), z.boolean(), z.null()]),
      value,
    })),
    fc.oneof(awkward, number, fc.boolean(), fc.constant(null)).map((value) => ({ schema: z.unknown(), value })),
  ),
}));

const parse = (schema: z.ZodType, words: readonly string[]): CanonicalValue =>
  canonical(parseLayers('Pipeline p', schema, overrideLayers(words.map(parseOverride))));

describe('for any schema', () => {
  test('what a run shows of its parameters gives them again, in any order', () => {
    fc.assert(
      fc.property(
        cases.any.chain((each) => fc.tuple(fc.constant(each), fc.infiniteStream(fc.nat()))),
        ([{ schema, value }, order]) => {
          const root = z.object({ p: schema });
          const params = canonical(parseLayers('Pipeline p', root, [{ setting: settingOf({ p: value }) }]));
          expect(params).toEqual(canonical({ p: value }));
          const words = leavesOf(params).map(overrideText);
          const shuffled = words
            .map((word) => [order.next().value, word] as const)
            .sort(([a], [b]) => a - b)
            .map(([, word]) => word);
          expect(parse(root, shuffled)).toEqual(params);
        },
      ),
    );
  });

  test('some overrides in any order keep the rest of a default, whatever wraps it', () => {
    const member = fc.record({ before: number, after: fc.option(number, { nil: undefined }) });
    const wrap = fc.constantFrom<(schema: z.ZodType, value: unknown) => z.ZodType>(
      (schema, value) => schema.default(value),
      (schema, value) => schema.prefault(value),
      (schema, value) => schema.optional().default(value),
      (schema, value) => schema.nullable().default(value).optional(),
      (schema, value) => (schema.readonly() as z.ZodType).default(value),
      (schema, value) => z.lazy(() => schema.default(value)),
      (schema, value) => z.union([z.string(), schema]).default(value),
      (schema, value) => (schema.and(z.looseObject({})) as z.ZodType).default(value),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), member, { minKeys: 1, maxKeys: 5 }),
        wrap,
        wrap,
        fc.boolean(),
        (members, inner, outer, reversed) => {
          const entries = Object.entries(members);
          const shape = z.strictObject(Object.fromEntries(entries.map(([key]) => [key, z.number()])));
          const start = Object.fromEntries(entries.map(([key, { before }]) => [key, before]));
          const schema = z.object({ p: outer(z.object({ q: inner(shape, start) }), { q: start }) });
          const words = entries.flatMap(([key, { after }]) => (after === undefined ? [] : [`p.q.${key}=${after}`]));
          const expected = Object.fromEntries(entries.map(([key, { before, after }]) => [key, after ?? before]));
          expect(parse(schema, reversed ? words.reverse() : words)).toEqual(canonical({ p: { q: expected } }));
        },
      ),
    );
  });
});
