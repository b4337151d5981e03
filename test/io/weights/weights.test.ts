/** Weights in the formats of others: what they wrote is read, what is written they read, and what lies is refused. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ARRAYS, type DType } from '../../../src/core/artifact/dtypes.ts';
import { tensor, type Tensors } from '../../../src/core/artifact/tensors.ts';
import { DataError } from '../../../src/errors.ts';
import { decodeNpz, writeNpz } from '../../../src/io/weights/npz.ts';
import { readWeights } from '../../../src/io/weights/read-weights.ts';
import { decodeSafetensors, writeSafetensors } from '../../../src/io/weights/safetensors.ts';

const anyTensors: fc.Arbitrary<Tensors> = fc.dictionary(
  fc
    .string({ minLength: 1, unit: 'grapheme' })
    .filter((name) => name !== '__metadata__' && !/\p{Surrogate}/u.test(name)),
  fc
    .tuple(
      fc.constantFrom(...(Object.keys(ARRAYS) as DType[])),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      fc.integer(),
    )
    .map(([dtype, shape, start]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return tensor(shape, new ARRAYS[dtype](Array.from({ length: size }, (_, i) => start + i / 3)));
    }),
  { maxKeys: 4 },
);

const FORMATS = [
  ['safetensors', writeSafetensors, decodeSafetensors],
  ['npz', writeNpz, decodeNpz],
] as const;

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'restage-weights-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

describe.each(FORMATS)('a %s file', (_, write, decode) => {
  test('holds any weights as they were', () => {
    fc.assert(
      fc.property(anyTensors, (weights) => {
        expect(decode(write(weights), 'w')).toEqual(weights);
      }),
    );
  });

  test('has the same bytes whatever the order of names', () => {
    const a = tensor([2], Float32Array.of(1, 2));
    const b = tensor([], Float64Array.of(3));
    expect(write({ a, b })).toEqual(write({ b, a }));
  });

  test('that is cut short anywhere is refused, in a sentence that names it', () => {
    const whole = write({ a: tensor([3], Float32Array.of(1, 2, 3)), b: tensor([1], Int8Array.of(4)) });
    for (let length = 0; length < whole.length; length++)
      expect(() => decode(whole.slice(0, length), 'w.bin')).toThrow(DataError);
    expect(() => decode(whole.slice(0, 20), 'w.bin')).toThrow(/^w\.bin/);
  });
});

describe('a safetensors file', () => {
  test('is as the format says', () => {
    const bytes = Buffer.from(writeSafetensors({ w: tensor([1, 2], Float32Array.of(1, -2)) }, { made: 'here' }));
    const text = '{"__metadata__":{"made":"here"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    expect(bytes.readBigUInt64LE()).toBe(BigInt(Math.ceil(text.length / 8) * 8));
    expect(bytes.toString('latin1', 8, 8 + text.length)).toBe(text);
    expect([bytes.readFloatLE(bytes.length - 8), bytes.readFloatLE(bytes.length - 4)]).toEqual([1, -2]);
  });

  /** A file with this header and these elements. */
  const file = (header: unknown, elements: readonly number[] = []): Buffer => {
    const text = typeof header === 'string' ? header : JSON.stringify(header);
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
    return Buffer.concat([head, Buffer.from(text), Buffer.from(elements)]);
  };

  test('gives half floats, bfloat16 and booleans as what holds them', () => {
    const header = {
      half: { dtype: 'F16', shape: [3], data_offsets: [0, 6] },
      brain: { dtype: 'BF16', shape: [2], data_offsets: [6, 10] },
      flag: { dtype: 'BOOL', shape: [], data_offsets: [10, 11] },
    };
    // 1.5, the smallest subnormal and minus infinity; 1 and -3.140625 (IEEE 754, 3.6)
    const elements = [0x00, 0x3e, 0x01, 0x00, 0x00, 0xfc, 0x80, 0x3f, 0x49, 0xc0, 1];
    const { half, brain, flag } = decodeSafetensors(file(header, elements), 'w');
    expect([...half!.data]).toEqual([1.5, 2 ** -24, Number.NEGATIVE_INFINITY]);
    expect([...brain!.data]).toEqual([1, -3.140625]);
    expect(flag).toEqual({ shape: [], data: Uint8Array.of(1) });
  });

  test.each([
    ['a length that is larger than the file', Buffer.from([255, 255, 255, 255, 255, 0, 0, 0, 123]), /no header/],
    ['a header that is not JSON', file('{'), /not JSON/],
    ['a header that is a list', file([]), /does not describe tensors/],
    [
      'a shape that is larger than its bytes',
      file({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, Array(8).fill(0)),
      /bytes 0 to 12 .* said to lie at 0 to 8/,
    ],
    [
      'tensors that overlap',
      file(
        { a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] }, b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] } },
        [1, 2, 3],
      ),
      /tensor b should lie at bytes 2 to 4/,
    ],
    ['a gap', file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, [1, 2]), /should lie at bytes 0 to 1/],
    ['bytes that nothing describes', file({}, [1]), /has 11 bytes, and its header says 10/],
    [
      'offsets that go back',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [2, 1] } }, [1, 2]),
      /does not describe tensor a/,
    ],
    ['a negative size', file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, [1]), /shape \[-1\]/],
    [
      'sizes whose product is beyond all arrays',
      file({ a: { dtype: 'U8', shape: [1e9, 1e9], data_offsets: [0, 1] } }, [1]),
      /more than an array can hold/,
    ],
    [
      'a type that no array has',
      file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, [1]),
      /holds F8_E4M3, .*convert it to F32/,
    ],
    [
      'an integer that no float is',
      file({ a: { dtype: 'U64', shape: [1], data_offsets: [0, 8] } }, Array(8).fill(255)),
      /18446744073709551615, which float64 cannot hold/,
    ],
  ])('with %s is refused', (_, bytes, sentence) => {
    expect(() => decodeSafetensors(bytes, 'w.safetensors')).toThrow(DataError);
    expect(() => decodeSafetensors(bytes, 'w.safetensors')).toThrow(sentence);
  });

  test('keeps no tensor of the name of its metadata', () => {
    expect(() => writeSafetensors({ __metadata__: tensor([1], Int8Array.of(1)) })).toThrow(/keeps the name/);
  });
});

describe('a .npz file', () => {
  test('that NumPy wrote is read: compressed, by columns, half floats, long integers, booleans, a scalar, nothing', async () => {
    // numpy 2.4.6: savez_compressed of asfortranarray(arange(6).reshape(2, 3) / 4) and others.
    const file = fileURLToPath(new URL('../fixtures/numpy.npz', import.meta.url));
    expect(await readWeights(file)).toEqual({
      'hidden.0.weight': { shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) },
      half: { shape: [4], data: Float32Array.of(1.5, -2, 65504, Number.POSITIVE_INFINITY) },
      long: { shape: [2, 1], data: Float64Array.of(2 ** 53, -7) },
      flags: { shape: [2], data: Uint8Array.of(1, 0) },
      scalar: { shape: [], data: Float64Array.of(3.25) },
      empty: { shape: [0, 4], data: new Int16Array(0) },
    });
  });

  test('is read by NumPy', (context) => {
    const directory = temporary();
    const path = join(directory, 'w.npz');
    writeFileSync(
      path,
      writeNpz({ 'a.b': tensor([2, 2], Float32Array.of(1, 2, 3, 4)), c: tensor([3], Uint16Array.of(7, 8, 9)) }),
    );
    const script = `import numpy, sys; f = numpy.load(sys.argv[1]); print({k: (str(f[k].dtype), f[k].tolist()) for k in sorted(f)})`;
    try {
      execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    } catch {
      context.skip('python3 has no numpy (apt-get install python3-numpy)');
    }
    const printed = execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }).trim();
    expect(printed).toBe("{'a.b': ('float32', [[1.0, 2.0], [3.0, 4.0]]), 'c': ('uint16', [7, 8, 9])}");
  });

  test('with an array of another kind is refused with what to do', () => {
    const bytes = Buffer.from(writeNpz({ a: tensor([1], Float32Array.of(1)) }));
    const at = bytes.indexOf("'<f4'");
    bytes.write("'>f4'", at);
    // The sum of the archive no longer fits either, which nothing here looks at.
    expect(() => decodeNpz(bytes, 'w.npz')).toThrow(
      "w.npz: array a holds >f4, which no array here can hold; convert it with NumPy, such as array.astype('<f4').",
    );
  });
});

test('a safetensors file is told from a ZIP archive, even if the length of its header begins with the letters PK', async () => {
  const path = join(temporary(), 'w.safetensors');
  const weights = { a: tensor([1], Float32Array.of(1)) };
  const padding = 0x4b50 - Buffer.from(writeSafetensors(weights, { note: '' })).readUInt32LE();
  writeFileSync(path, writeSafetensors(weights, { note: '-'.repeat(padding) }));
  expect(readFileSync(path).toString('latin1', 0, 4)).toBe('PK\0\0');
  expect(await readWeights(path)).toEqual(weights);
  writeFileSync(path, writeNpz({}));
  expect(await readWeights(path)).toEqual({});
});

test('a file that is not there is named, with what to do', async () => {
  await expect(readWeights('/nowhere/w.npz')).rejects.toThrow(/^\/nowhere\/w\.npz cannot be read: /);
  const path = join(temporary(), 'w.safetensors');
  writeFileSync(path, writeSafetensors({ a: tensor([1], Float32Array.of(1)) }));
  expect(readFileSync(path)).toHaveLength(8 + 56 + 4);
  expect(await readWeights(path)).toEqual({ a: { shape: [1], data: Float32Array.of(1) } });
});
