import fc from 'fast-check';
import objectHash from 'object-hash';
import { describe, expect, test } from 'vitest';
import { canonical, compareUtf8, valueDigest } from '../../../src/core/identity/canonical.ts';
import { UnhashableValueError } from '../../../src/errors.ts';

const digestOf = (value: unknown): string => valueDigest(canonical(value));
// -0 has no JSON form of its own, so it is kept out where a round trip is compared.
const jsonValue = fc.jsonValue({ noUnicodeString: false });

describe('the digest of a canonical value', () => {
  test('stays the same through a JSON round trip, with shared references too', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const shared = { a: value, b: [value, value], c: { d: value } };
        expect(digestOf(shared)).toBe(digestOf(JSON.parse(JSON.stringify(shared))));
      }),
    );
  });

  test('would change, by object-hash alone: this is why a fresh tree is built first', () => {
    const shared = { x: 1 };
    const value = { a: shared, b: shared };
    expect(objectHash(value)).not.toBe(objectHash(JSON.parse(JSON.stringify(value)) as object));
    expect(digestOf(value)).toBe(digestOf(JSON.parse(JSON.stringify(value))));
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), jsonValue), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(digestOf(reversed)).toBe(digestOf(object));
      }),
    );
  });

  test('changes when any leaf changes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean()), { minLength: 1 }),
        fc.nat(),
        (leaves, at) => {
          const index = at % leaves.length;
          const other = leaves.map((leaf, i) => (i === index ? [leaf] : leaf));
          expect(digestOf({ deep: { leaves: other } })).not.toBe(digestOf({ deep: { leaves } }));
        },
      ),
    );
  });

  test.each([
    ['1e-9 and 3e-9', 1e-9, 3e-9],
    ['the number 1 and the string "1"', 1, '1'],
    ['an array and an object of the same entries', ['a'], { 0: 'a' }],
    ['null and the string "null"', null, 'null'],
    ['null and an absent member', { a: null }, {}],
    ['[1, [2]] and [[1], 2]', [1, [2]], [[1], 2]],
    ['true and 1', true, 1],
    ['an empty array and an empty object', [], {}],
    ['strings that differ in Unicode normalisation', '\u00e9', 'e\u0301'],
  ])('differs between %s', (_, a, b) => {
    expect(digestOf(a)).not.toBe(digestOf(b));
  });

  test('treats -0 as 0 and drops undefined members', () => {
    expect(digestOf(-0)).toBe(digestOf(0));
    expect(digestOf({ a: 1, b: undefined })).toBe(digestOf({ a: 1 }));
  });

  test('keeps a member called __proto__', () => {
    expect(digestOf(JSON.parse('{"__proto__": 1}'))).not.toBe(digestOf({}));
  });

  test('is what it was when this test was written', () => {
    // Golden: a change here re-keys every cache in the world. Computed with object-hash 3.0.0, sha256.
    expect(digestOf({ rate: 0.01, lengths: [45, 90], name: 'é', on: true, none: null })).toBe(
      objectHash({ rate: 0.01, lengths: [45, 90], name: 'é', on: true, none: null }, { algorithm: 'sha256' }),
    );
    expect(digestOf('higgs/train-fold')).toMatchInlineSnapshot(
      `"b4081635328c092a342538d482244cceec7ed88963d53ecec81c809c5cf7cac1"`,
    );
  });
});

describe('a value without one obvious meaning', () => {
  class Point {
    readonly x = 1;
  }
  const self: unknown[] = [];
  self.push(self);
  test.each([
    ['NaN', { a: [Number.NaN] }, 'params.a[0]', 'NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, 'params', 'Infinity'],
    ['a function', { f: () => 1 }, 'params.f', 'the function f'],
    ['a class instance nested in a list', { list: [{ p: new Point() }] }, 'params.list[0].p', 'an instance of Point'],
    ['a Date', { d: new Date(0) }, 'params.d', 'an instance of Date'],
    ['a Map', new Map(), 'params', 'an instance of Map'],
    ['a typed array', { t: new Float32Array(1) }, 'params.t', 'an instance of Float32Array'],
    ['a bigint', { n: 1n }, 'params.n', 'a bigint'],
    ['undefined in a list', [undefined], 'params[0]', 'undefined'],
    ['a cycle', self, 'params[0]', 'a reference back to one of its own parents'],
    ['half a surrogate pair', { s: 'a\ud800' }, 'params.s', 'a string with half a surrogate pair'],
    ['half a surrogate pair in a key', { '\udc00': 1 }, 'params', 'an object with half a surrogate pair in a key'],
    ['a symbol key', { [Symbol('s')]: 1 }, 'params', 'an object with a symbol as key'],
  ])('is refused, naming its path: %s', (_, value, path, found) => {
    expect(() => canonical(value, 'params')).toThrow(UnhashableValueError);
    expect(() => canonical(value, 'params')).toThrow(
      `${path.charAt(0).toUpperCase()}${path.slice(1)} is ${found}, which JSON cannot hold; use null, booleans, finite numbers, strings, arrays and plain objects.`,
    );
  });
});

test('names are ordered by their UTF-8 bytes, whatever the locale', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});
