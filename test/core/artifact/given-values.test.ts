/** What codecs do with values that are not quite what they should be. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnyCodec } from '../../../src/core/artifact/codec.ts';
import { bytes } from '../../../src/core/artifact/codecs/bytes.ts';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { text } from '../../../src/core/artifact/codecs/text.ts';
import { weights } from '../../../src/core/artifact/codecs/weights.ts';
import { tensor } from '../../../src/core/artifact/tensors.ts';
import { canonical, valueDigest } from '../../../src/core/identity/canonical.ts';
import { DataError } from '../../../src/errors.ts';

const encode = (codec: AnyCodec, value: unknown): Buffer => Buffer.concat(codec.encode(value as never, 'out'));
const decode = (codec: AnyCodec, content: Uint8Array): unknown => codec.decode(new Uint8Array(content), 'in');

/** What encoding says about a value that it refuses. */
function refusal(codec: AnyCodec, value: unknown): string {
  try {
    encode(codec, value);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).message;
  }
  throw new Error('it was encoded');
}

/** A typed array of which the memory was given away. */
function detached(): Float64Array {
  const array = Float64Array.of(1, 2);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

function shared(...values: readonly number[]): Float64Array {
  const array = new Float64Array(new SharedArrayBuffer(8 * values.length));
  array.set(values);
  return array;
}

class Column extends Float64Array {
  override get length(): number {
    return 1;
  }
}

describe('NaN', () => {
  /** Floats of these bits, the high word first. */
  const floats = (...bits: readonly (readonly [number, number])[]): Float64Array => {
    const array = new Float64Array(bits.length);
    const words = new Uint32Array(array.buffer);
    for (const [i, [high, low]] of bits.entries()) [words[2 * i], words[2 * i + 1]] = [low, high];
    return array;
  };
  const singles = (...bits: readonly number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer);

  test('has one bit pattern in the bytes of a table and of weights, wherever it came from', () => {
    const odd = floats(
      [0x3ff00000, 0],
      [0xfff80000, 0],
      [0x7ff40000, 1],
      [0x7ff80000, 7],
      [0x7ff00000, 0],
      [0x80000000, 0],
    );
    const plain = Float64Array.of(1, Number.NaN, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, -0);
    const oddSingles = singles(0x7fc00001, 0xffc00000, 0x7f800001, 0x3f800000, 0xff800000, 0x80000000);
    const plainSingles = Float32Array.of(Number.NaN, Number.NaN, Number.NaN, 1, Number.NEGATIVE_INFINITY, -0);
    for (const [given, same] of [
      [odd, plain],
      [oddSingles, plainSingles],
    ] as const) {
      expect(encode(table(), { rows: 6, columns: { x: given } })).toEqual(
        encode(table(), { rows: 6, columns: { x: same } }),
      );
      expect(encode(weights(), { w: tensor([2, 3], given) })).toEqual(encode(weights(), { w: tensor([2, 3], same) }));
    }
  });

  test('has the bits of the quiet NaN without a payload, at every place of an array', () => {
    for (let place = 0; place < 19; place++) {
      const [doubles, halves] = [new Float64Array(19), new Float32Array(19)];
      new Uint32Array(doubles.buffer)[2 * place + 1] = 0xfff80001;
      new Uint32Array(halves.buffer)[place] = 0xffc00001;
      const value = { d: tensor([19], doubles), s: tensor([19], halves) };
      const { d, s } = decode(weights(), encode(weights(), value)) as typeof value;
      expect(new Uint32Array(d.data.buffer, d.data.byteOffset, 38)[2 * place + 1]).toBe(0x7ff80000);
      expect(new Uint32Array(s.data.buffer, s.data.byteOffset, 19)[place]).toBe(0x7fc00000);
    }
  });

  test("is made canonical in a copy: the stage's own array keeps its bits", () => {
    const odd = floats([0xfff80000, 0]);
    encode(table(), { rows: 1, columns: { x: odd } });
    expect(new Uint32Array(odd.buffer)).toEqual(Uint32Array.of(0, 0xfff80000));
  });

  test('of any bits gives the same bytes, and nothing else changes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.float(), fc.constantFrom(Number.NaN, -0, 0))),
        fc.integer(),
        (values, payload) => {
          const array = Float32Array.from(values);
          const words = new Uint32Array(array.buffer.slice(0));
          for (const [i, value] of array.entries())
            if (Number.isNaN(value)) words[i] = ((payload & 0x803fffff) | 0x7f800001) >>> 0;
          const odd = new Float32Array(words.buffer);
          const content = encode(table(), { rows: values.length, columns: { x: odd } });
          expect(content).toEqual(encode(table(), { rows: values.length, columns: { x: array } }));
          expect(decode(table(), content)).toEqual({ rows: values.length, columns: { x: array } });
        },
      ),
    );
  });
});

describe('bytes()', () => {
  test('takes a Uint8Array of any class exactly, whatever memory it is in', () => {
    const whole = Uint8Array.of(9, 1, 2, 3, 9);
    const resizable = Reflect.construct(ArrayBuffer, [3, { maxByteLength: 8 }]) as ArrayBuffer;
    new Uint8Array(resizable).set([1, 2, 3]);
    const sharedMemory = new Uint8Array(new SharedArrayBuffer(3));
    sharedMemory.set([1, 2, 3]);
    class Odd extends Uint8Array {
      override get byteLength(): number {
        return 1;
      }
    }
    for (const value of [
      Uint8Array.of(1, 2, 3),
      whole.subarray(1, 4),
      Buffer.from([1, 2, 3]),
      new Uint8Array(resizable),
      sharedMemory,
      Odd.of(1, 2, 3),
    ])
      expect(encode(bytes(), value)).toEqual(Buffer.from([1, 2, 3]));
  });

  test.each([
    ['an ArrayBuffer', new ArrayBuffer(8), 'out is an instance of ArrayBuffer; give a Uint8Array.'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'out is an instance of DataView; give a Uint8Array.'],
    ['other elements', Float32Array.of(1.5), 'out is a Float32Array; give a Uint8Array.'],
    ['elements of two bytes', Uint16Array.of(300), 'out is a Uint16Array; give a Uint8Array.'],
    ['clamped bytes', Uint8ClampedArray.of(1), 'out is a Uint8ClampedArray; give a Uint8Array.'],
    ['shared memory itself', new SharedArrayBuffer(8), 'out is an instance of SharedArrayBuffer; give a Uint8Array.'],
    ['a proxy', new Proxy(Uint8Array.of(1), {}), 'out is a proxy of a typed array; give a Uint8Array.'],
    [
      'an object that inherits from one',
      Object.create(Uint8Array.of(1)),
      'out is a proxy of a typed array; give a Uint8Array.',
    ],
    ['a text', 'abc', 'out is the text "abc"; give a Uint8Array.'],
    ['a list of numbers', [1, 2], 'out is an array; give a Uint8Array.'],
    ['null', null, 'out is null; give a Uint8Array.'],
  ])('refuses %s by name', (_, value, message) => {
    expect(refusal(bytes(), value)).toBe(message);
  });

  test('refuses memory that was given away', () => {
    const array = Uint8Array.of(1, 2);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    expect(refusal(bytes(), array)).toContain('out is a Uint8Array whose memory is gone');
  });
});

describe('text()', () => {
  test.each([
    ['ab\ncd\ud800', '(\\ud800) at index 5, which is line 2, column 3'],
    ['\udc00x', '(\\udc00) at index 0, which is line 1, column 1'],
    ['\ud83d\ude00\ud83d', '(\\ud83d) at index 2, which is line 1, column 3'],
    ['a\udc00\ud800', '(\\udc00) at index 1, which is line 1, column 2'],
  ])('refuses half a surrogate pair, and says where it is: %j', (value, place) => {
    expect(refusal(text(), value)).toContain(place);
  });

  test('gives back every other text, and refuses what is not a text', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.integer({ min: 0, max: 0x10ffff }).filter((c) => c < 0xd800 || c > 0xdfff))
          .map((codes) => String.fromCodePoint(...codes)),
        (value) => {
          expect(decode(text(), encode(text(), value))).toBe(value);
        },
      ),
    );
    for (const value of ['', '\ufeffx', '\0', '😀']) expect(decode(text(), encode(text(), value))).toBe(value);
    for (const value of [5, null, Buffer.from('x'), new String('x'), ['x']])
      expect(refusal(text(), value)).toMatch(/^out is .+; give a string\.$/);
    expect(() => decode(text(), Buffer.from([0xff]))).toThrow('in is not text (UTF-8).');
  });
});

describe('weights()', () => {
  const refused = (value: unknown): string => refusal(weights(), value);

  test('refuses a shape that does not describe the data', () => {
    const w = (shape: unknown, data: unknown = Float64Array.of(1, 2, 3, 4)): unknown => ({ w: { shape, data } });
    expect(refused(w([2, 2], Float64Array.of(1, 2, 3)))).toBe(
      'out: tensor w has the shape [2, 2], which is 4 elements, and 3 elements of data; make them agree.',
    );
    for (const shape of [[-1, -4], [0.5, 8], [Number.NaN], ['4'], [Number.POSITIVE_INFINITY], [4n], [, 4]])
      expect(refused(w(shape))).toContain('its members must be whole numbers from 0 on');
    for (const shape of [undefined, 4, '4', Int32Array.of(4)]) expect(refused(w(shape))).toContain('as its shape');
    expect(encode(weights(), w([2, 2, 1]))).toBeInstanceOf(Buffer);
  });

  test('refuses what is not a tensor, and data of other types', () => {
    for (const value of [new Map(), [], null, 5, Object.create({ w: 1 })])
      expect(refused(value)).toContain('as its tensors');
    expect(refused({ w: 5 })).toBe('out: tensor w is the number 5; give { shape, data }.');
    expect(refused({ w: { shape: [1], data: [1] } })).toContain(
      'out: tensor w: its data is an array; give a typed array',
    );
    expect(refused({ w: { shape: [2], data: detached() } })).toContain('whose memory is gone');
    expect(refused({ w: { shape: [1], data: BigInt64Array.of(1n) } })).toContain('its data is a BigInt64Array');
    expect(refused({ 'a\ud800': tensor([1], Int8Array.of(1)) })).toContain(
      'half a surrogate pair in the name "a\\ud800"',
    );
    expect(refused({ [Symbol('w')]: tensor([1], Int8Array.of(1)) })).toContain('a symbol among the names');
  });
});

describe('table()', () => {
  const refused = (value: unknown): string => refusal(table(), value);
  const x = Float64Array.of(1, 2, 3);

  test('refuses rows and columns that do not agree', () => {
    expect(refused({ rows: 4, columns: { x } })).toBe(
      'out: column x has 3 values in a table of 4 rows; make them agree.',
    );
    expect(refused({ rows: 3, columns: { x, y: Int8Array.of(1) } })).toContain('column y has 1 values');
    expect(refused({ rows: 3, columns: {} })).toContain('has 3 rows and no columns');
    for (const rows of [undefined, -1, 1.5, '3', Number.NaN])
      expect(refused({ rows, columns: { x } })).toContain('as its rows; give a whole number from 0 on.');
  });

  test('refuses columns that would be lost, or that are not what they seem to be', () => {
    for (const columns of [new Map([['x', x]]), [x], undefined, Object.create({ x }) as unknown])
      expect(refused({ rows: 3, columns })).toContain('as its columns; give a plain object');
    expect(refused({ rows: 3, columns: { x: [1, 2, 3] } })).toContain('out: column x is an array; give a typed array');
    expect(refused({ rows: 3, columns: { x: new Proxy(x, {}) } })).toContain('column x is a proxy of a typed array');
    expect(refused({ rows: 3, columns: { x: { length: 3, 0: 1, 1: 2, 2: 3 } } })).toContain(
      'column x is a plain object',
    );
    expect(refused({ rows: 2, columns: { x: detached() } })).toContain(
      'column x is a Float64Array whose memory is gone',
    );
    expect(refused(null)).toBe('out is null; give { rows, columns }.');
  });

  test('reads each member once', () => {
    const reads: string[] = [];
    const told = <T>(name: string, value: T): T => {
      reads.push(name);
      return value;
    };
    const value = {
      get rows() {
        return told('rows', 3);
      },
      get columns() {
        return told('columns', {
          get x() {
            return told('x', x);
          },
        });
      },
    };
    expect(decode(table(), encode(table(), value))).toEqual({ rows: 3, columns: { x } });
    expect(reads).toEqual(['rows', 'columns', 'x']);
  });

  test('keeps columns of any name, and the elements of arrays of any class and memory', () => {
    const names = ['toString', '__proto__', 'constructor', 'hasOwnProperty', 'valueOf', '', '1', 'é', 'a,b'];
    const columns = Object.fromEntries(names.map((name) => [name, x]));
    const back = decode(table(), encode(table(), { rows: 3, columns })) as { readonly columns: object };
    expect(Object.keys(back.columns).sort()).toEqual([...names].sort());
    for (const name of names) expect(Object.getOwnPropertyDescriptor(back.columns, name)!.value).toEqual(x);
    const bare = Object.assign(Object.create(null) as object, { x });
    for (const given of [
      bare,
      { x: Column.of(1, 2, 3) },
      { x: shared(1, 2, 3) },
      { x: Float64Array.of(0, 1, 2, 3).subarray(1) },
    ])
      expect(decode(table(), encode(table(), { rows: 3, columns: given }))).toEqual({ rows: 3, columns: { x } });
    expect(decode(table(), encode(table(), { rows: 2, columns: { b: Buffer.from([1, 2]) } }))).toEqual({
      rows: 2,
      columns: { b: Uint8Array.of(1, 2) },
    });
  });
});

describe('-0', () => {
  test('and 0 are two values in data, and one in parameters', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, -0, 1), { minLength: 1 }), (values) => {
        const folded = values.map((value) => (value === 0 ? 0 : value));
        expect(valueDigest(canonical(values))).toBe(valueDigest(canonical(folded)));
        const isSame = values.every((value, i) => Object.is(value, folded[i]));
        const bytesOf = (list: readonly number[]): readonly Buffer[] => [
          encode(table(), { rows: list.length, columns: { x: Float32Array.from(list), y: Float64Array.from(list) } }),
          encode(json<unknown>(), { list }),
        ];
        for (const [i, content] of bytesOf(values).entries()) expect(content.equals(bytesOf(folded)[i]!)).toBe(isSame);
      }),
    );
  });
});

describe('json()', () => {
  test('gives back every value that it takes, -0 as -0, and writes equal values as equal bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        const content = encode(json<unknown>(), given);
        expect(decode(json<unknown>(), content)).toEqual(given);
        expect(encode(json<unknown>(), decode(json<unknown>(), content))).toEqual(content);
      }),
    );
    for (const given of [-0, [0, -0], { a: { b: -0, c: 'x"' } }])
      expect(decode(json<unknown>(), encode(json<unknown>(), given))).toEqual(given);
    expect(encode(json<unknown>(), { b: -0, a: [1] }).toString()).toBe('{"a":[1],"b":-0}');
    expect(json<unknown>().compare!({ a: 0 }, { a: -0 })).toMatchObject([
      { where: 'a', what: '0 -> -0', numbers: { ulp: 0 } },
    ]);
  });
});
