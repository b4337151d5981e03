import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { weights } from '../../../src/core/artifact/codecs/weights.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { decodeTensors, encodeTensors, tableOf, tensor } from '../../../src/core/artifact/tensors.ts';
import { DecodeError } from '../../../src/errors.ts';

const arrays = fc.oneof(
  fc.float32Array(),
  fc.float64Array(),
  fc.int8Array(),
  fc.uint8Array(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
);
const tensors = fc
  .dictionary(fc.string(), arrays)
  .map((d) => Object.fromEntries(Object.entries(d).map(([name, data]) => [name, tensor([data.length], data)])));
const bytesOf = (value: Parameters<typeof encodeTensors>[0]): Uint8Array => Buffer.concat(encodeTensors(value, 't'));

describe('the file format of typed arrays', () => {
  test('gives back what was written, every dtype, name and bit', () => {
    fc.assert(
      fc.property(tensors, (value) => {
        const back = decodeTensors(bytesOf(value), 'test');
        expect(Object.keys(back).sort()).toEqual(Object.keys(value).sort());
        for (const [name, { data }] of Object.entries(value)) {
          expect(back[name]!.data.constructor).toBe(data.constructor);
          expect(
            Buffer.from(back[name]!.data.buffer, back[name]!.data.byteOffset, back[name]!.data.byteLength),
          ).toEqual(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
        }
      }),
    );
  });

  test('keeps an array called __proto__', () => {
    const value = Object.fromEntries([['__proto__', tensor([1], Uint8Array.of(7))]]);
    expect(Object.keys(decodeTensors(bytesOf(value), 'test'))).toEqual(['__proto__']);
  });

  test('writes equal values as equal bytes, whatever the order of the names', () => {
    fc.assert(
      fc.property(tensors, (value) => {
        expect(bytesOf(Object.fromEntries(Object.entries(value).reverse()))).toEqual(bytesOf(value));
      }),
    );
  });

  test('is golden: a change here needs a new SCHEMA in identity/schema.ts', () => {
    const value = { b: tensor([2, 1], Float32Array.of(1, -0.5)), a: tensor([1], Uint8Array.of(7)) };
    expect(sha256(...encodeTensors(value, 't'))).toMatchInlineSnapshot(
      `"5ede24c1106b7435da58635f258c3f196997f748892bd31b65233620e887d4d5"`,
    );
  });

  test('reads from bytes at any alignment', () => {
    const value = { a: tensor([3], Float64Array.of(1, 2, 3)), b: tensor([1], Uint8Array.of(7)) };
    const bytes = bytesOf(value);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeTensors(shifted.subarray(1), 'test')).toEqual(value);
  });

  test.each([
    ['something else', Buffer.from('PK\u0003\u0004 not ours at all'), 'it does not start with "restage1"'],
    ['an empty file', Buffer.alloc(0), 'it does not start with "restage1"'],
    ['a header that is not JSON', withHeader('{'), 'The header of test is not JSON'],
    [
      'an unknown dtype',
      withHeader('{"entries":[{"name":"a","dtype":"float16","shape":[1],"offset":0}]}'),
      'does not describe',
    ],
    [
      'a prototype name as dtype',
      withHeader('{"entries":[{"name":"a","dtype":"toString","shape":[1],"offset":0}]}'),
      'does not describe',
    ],
    [
      'an array longer than the file',
      withHeader('{"entries":[{"name":"a","dtype":"float64","shape":[9],"offset":0}]}'),
      'ends before its array a does',
    ],
  ])('refuses %s with one sentence', (_, bytes, message) => {
    expect(() => decodeTensors(bytes, 'test')).toThrow(DecodeError);
    expect(() => decodeTensors(bytes, 'test')).toThrow(message);
  });
});

describe('a codec', () => {
  test('for tables keeps rows and columns, and refuses columns of different lengths', () => {
    const value = tableOf({ x: Float32Array.of(1, 2), n: Int32Array.of(3, 4) });
    expect(table().decode(Buffer.concat(table().encode(value, 't')), 't')).toEqual(value);
    expect(() => tableOf({ x: Float32Array.of(1, 2), n: Int32Array.of(3) })).toThrow(
      'Column n has 1 rows where x has 2.',
    );
    const ragged = weights().encode({ x: tensor([2], Float32Array.of(1, 2)), y: tensor([1], Float32Array.of(1)) }, 't');
    expect(() => table().decode(Buffer.concat(ragged), 't')).toThrow('t is not a table: its column');
  });

  test('for JSON writes equal values as equal bytes and refuses what has no canonical form', () => {
    const encode = (value: unknown): string => Buffer.concat(json<unknown>().encode(value, 'out')).toString();
    expect(encode({ b: 1, a: [2] })).toBe('{"a":[2],"b":1}');
    expect(() => encode({ a: Number.NaN })).toThrow('Out, at a, is NaN');
    expect(() => json().decode(Buffer.from('{'), 'in')).toThrow('in is not JSON');
  });
});

function withHeader(header: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([Buffer.from('restage1'), length, Buffer.from(header), Buffer.alloc(16)]);
}
