import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cacheKey, diffFields, type Field, planKey } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';

const field = (name: string, value: string): Field => ({ name, digest: sha256(value), preview: value });
const fields = fc
  .uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { selector: ([name]) => name, minLength: 1 })
  .map((pairs) => pairs.map(([name, value]) => field(name, value)));

/** The key of fields that are sorted by name. */
function byDefinition(prefix: string, sorted: readonly Field[]): string {
  const hash = createHash('sha256').update(prefix);
  for (const { name, digest } of sorted) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(name));
    hash
      .update(length)
      .update(name)
      .update(Buffer.from([32, 0, 0, 0]));
    hash.update(Buffer.from(digest, 'hex'));
  }
  return hash.digest('hex');
}

describe('a cache key', () => {
  test('follows its definition byte by byte', () => {
    const sorted = [field('code', 'text'), field('param.é', '1')];
    expect(cacheKey([field('param.é', '1'), field('code', 'text')])).toBe(byDefinition('restage/state/v1', sorted));
  });

  test('is the same whatever keys were made before it', () => {
    // Few values: most lists share some digests with the one before, as the nodes of a stage do.
    const list = fc
      .tuple(...['a', 'b', 'c'].map(() => fc.constantFrom('x', 'y')))
      .map((values) => values.map((value, at) => field('abc'[at]!, value)));
    fc.assert(
      fc.property(fc.array(list), (lists) => {
        for (const each of lists) {
          expect(cacheKey(each)).toBe(byDefinition('restage/state/v1', each));
          expect(planKey(each)).toBe(byDefinition('restage/plan/v1', each));
        }
      }),
    );
  });

  test('is right again after one that could not be made', () => {
    const [a, b] = [field('a', 'x'), field('b', 'x')];
    const key = cacheKey([a, b]);
    const half = { ...b, digest: sha256('y').slice(0, 32) as Field['digest'] };
    expect(() => cacheKey([a, half])).toThrow('field b has no SHA-256 digest');
    expect(cacheKey([a, b])).toBe(key);
  });

  test('is golden', () => {
    const golden = [field('stage', 'higgs/train-fold'), field('code', 'x'), field('param.rate', '0.01')];
    expect(cacheKey(golden)).toMatchInlineSnapshot(
      `"a6c68f928f830a74eb4b0f03546779bd249fb85c29d331fde88b13317386e98c"`,
    );
    expect(planKey(golden)).toMatchInlineSnapshot(`"c213e8576d525665f8ab59e8173f7fd3999269eef8edb233f71a6047768d13a9"`);
  });

  test('does not depend on the order of the fields', () => {
    fc.assert(
      fc.property(fields, (list) => {
        expect(cacheKey([...list].reverse())).toBe(cacheKey(list));
      }),
    );
  });

  test('changes with any name and any digest', () => {
    fc.assert(
      fc.property(fields, fc.nat(), (list, at) => {
        const index = at % list.length;
        const renamed = list.map((f, i) => (i === index ? { ...f, name: `${f.name} ` } : f));
        const revalued = list.map((f, i) => (i === index ? { ...f, digest: sha256(f.digest) } : f));
        expect(cacheKey(revalued)).not.toBe(cacheKey(list));
        if (new Set(renamed.map((f) => f.name)).size === list.length)
          expect(cacheKey(renamed)).not.toBe(cacheKey(list));
      }),
    );
  });

  test('ignores the preview', () => {
    expect(cacheKey([{ ...field('a', '1'), preview: 'other' }])).toBe(cacheKey([field('a', '1')]));
  });

  test('never equals the plan key of the same fields', () => {
    fc.assert(
      fc.property(fields, (list) => {
        expect(planKey(list)).not.toBe(cacheKey(list));
      }),
    );
  });

  test('cannot be made with one field twice', () => {
    expect(() => cacheKey([field('a', '1'), field('a', '2')])).toThrow('field a twice');
  });
});

test('the difference of two field lists names what was added, removed and changed, and nothing else', () => {
  const before = [field('a', '1'), field('b', '1'), field('c', '1')];
  const after = [field('a', '1'), field('b', '2'), field('d', '1')];
  expect(diffFields(before, after).map(({ name, before: x, after: y }) => [name, x?.preview, y?.preview])).toEqual([
    ['b', '1', '2'],
    ['c', '1', undefined],
    ['d', undefined, '1'],
  ]);
});
