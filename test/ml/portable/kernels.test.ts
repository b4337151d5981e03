import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { BLOCK, FEATURE_BYTES, type Kernels, type Machine, START } from '../../../src/ml/portable/kernels.ts';
import { compiledMachines, scalarMachine } from '../../../src/ml/portable/machine.ts';
import { streams } from '../samples.ts';

const compiled = compiledMachines()!;

test('the compiled module is taken only by an engine that has SIMD', () => {
  expect(compiledMachines(Uint8Array.of(1, 2, 3))).toBeUndefined();
});

const random = streams(3)('kernels');
/** The addresses of the tests' arrays in memory. */
const [A, B, C, D] = [8192, 65536, 131072, 196608] as const;
const BLOCKS = 10;

describe.each([
  ['compiled', compiled],
  ['scalar', scalarMachine],
] as const)('of the %s kernels', (_, machine) => {
  let f: Float32Array;
  let i: Int32Array;
  let kernels: Kernels;
  beforeEach(() => {
    const made: Machine = machine(524288);
    kernels = made.kernels;
    f = new Float32Array(made.memory).fill(Number.NaN, 1024 * 2);
    i = new Int32Array(made.memory);
  });

  function put(address: number, length: number, value: (n: number) => number = () => random.normal()): Float32Array {
    const values = Float32Array.from({ length }, (__, n) => value(n));
    f.set(values, address / 4);
    return values;
  }
  const get = (address: number, length: number): Float32Array => f.slice(address / 4, address / 4 + length);
  function expectClose(found: Float32Array, exact: (n: number) => number, tolerance: number): void {
    const worst = Math.max(...found.map((value, n) => Math.abs(value - exact(n))));
    expect(worst).toBeLessThanOrEqual(tolerance);
  }
  /** Element [block][row][event] of an array of `rows` rows a block. */
  const at = (values: Float32Array, rows: number, row: number, event: number): number =>
    values[((event >> 5) * rows + row) * BLOCK + (event & 31)]!;

  test.each([1, 2, 3, 4, 7])(
    'gemm multiplies %i rows, from zero, a bias or the existing values, by a matrix or its transpose',
    (rows) => {
      const inner = 5;
      for (const start of Object.values(START)) {
        for (const transposed of [false, true]) {
          const a = put(A, (rows + 1) * (inner + 1));
          const b = put(B, 2 * inner * BLOCK);
          const before = put(C, 2 * rows * BLOCK);
          const [rowStride, innerStride] = transposed ? [4, 4 * rows] : [4 * (inner + 1), 4];
          const bias = A + 4 * inner;
          kernels.gemm(
            2,
            A,
            rowStride,
            innerStride,
            B,
            inner * FEATURE_BYTES,
            inner,
            C,
            rows * FEATURE_BYTES,
            bias,
            rows,
            start,
          );
          expectClose(
            get(C, 2 * rows * BLOCK),
            (n) => {
              const row = Math.floor(n / BLOCK) % rows;
              const event = Math.floor(n / BLOCK / rows) * BLOCK + (n % BLOCK);
              let sum = 0;
              if (start === START.bias) sum = a[inner + (row * rowStride) / 4]!;
              if (start === START.present) sum = before[n]!;
              for (let j = 0; j < inner; j++)
                sum += a[(row * rowStride + j * innerStride) / 4]! * at(b, inner, j, event);
              return sum;
            },
            3e-6,
          );
        }
      }
    },
  );

  test.each([1, 2, 3, 5])('pack and weightGradient sum %i rows times inputs over all events', (rows) => {
    const x = put(A, BLOCKS * 16 * BLOCK);
    const d = put(C, BLOCKS * rows * BLOCK);
    kernels.pack(BLOCKS, A, 16 * FEATURE_BYTES, D, 2);
    kernels.weightGradient(BLOCKS, D, 2, C, rows * FEATURE_BYTES, rows, B, 0);
    const sums = get(B, rows * 16);
    expectClose(
      sums,
      (n) => {
        let sum = 0;
        for (let e = 0; e < BLOCKS * BLOCK; e++) sum += at(d, rows, Math.floor(n / 16), e) * at(x, 16, n % 16, e);
        return sum;
      },
      5e-5,
    );
    kernels.weightGradient(BLOCKS, D, 2, C, rows * FEATURE_BYTES, rows, B, 1);
    expect(get(B, rows * 16)).toEqual(sums.map((value) => 2 * value));
  });

  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

  test('sigmoid is exact to 1e-7 (1 + |z|) of its value, or 1e-37, and right at both ends', () => {
    const z = put(A, 4096, (n) => (n - 2048) / 20);
    kernels.sigmoid(128, A, B);
    const found = get(B, 4096);
    for (const [n, value] of found.entries())
      expect(Math.abs(value / sigmoid(Math.max(-126 * Math.LN2, z[n]!)) - 1)).toBeLessThan(
        1e-7 * (1 + Math.abs(z[n]!)),
      );
    put(A, 32, (n) => [1e30, -1e30, Number.POSITIVE_INFINITY, Number.NaN, 0, -0][n] ?? 0);
    kernels.sigmoid(1, A, B);
    expect([...get(B, 6)].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([1, 0, 1, Number.NaN, 0.5, 0.5]);
  });

  test('swish and relu come with their slopes', () => {
    for (const name of ['swish', 'relu'] as const) {
      const z = put(A, 2 * 5 * BLOCK, () => 4 * random.normal());
      kernels[name](2, A, 5 * FEATURE_BYTES, B, 3);
      const exact = (x: number): number => (name === 'relu' ? Math.max(0, x) : x * sigmoid(x));
      const slope = (x: number): number =>
        name === 'relu' ? Number(x > 0) : sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x));
      const values = get(A, z.length);
      // Of the five rows of a block, three are activated.
      expectClose(values, (n) => (Math.floor(n / BLOCK) % 5 < 3 ? exact(z[n]!) : z[n]!), 2e-6);
      const aside = get(B, 2 * 3 * BLOCK);
      const of = (n: number): number => z[Math.floor(n / 96) * 160 + (n % 96)]!;
      expectClose(aside, (n) => slope(of(n)), 1e-6);
      const byOutput = put(C, 2 * 4 * BLOCK);
      kernels.backThrough(2, C, 4 * FEATURE_BYTES, B, D, 3);
      expectClose(get(D, 2 * 3 * BLOCK), (n) => byOutput[Math.floor(n / 96) * 128 + (n % 96)]! * slope(of(n)), 5e-6);
    }
  });

  test("the cross-entropy's slope is (sigmoid - y) w", () => {
    const [z, y, w] = [put(A, 64), put(B, 64, (n) => n % 2), put(C, 64, (n) => (n < 60 ? random.uniform() : 0))];
    kernels.crossEntropySlope(2, A, B, C, D);
    expectClose(get(D, 64), (n) => (sigmoid(z[n]!) - y[n]!) * w[n]!, 2e-7);
  });

  test('lookUp takes rows of a table, and its gradient brings them back', () => {
    const codes = Int32Array.from({ length: 64 }, () => random.integer(3));
    i.set(codes, A / 4);
    const table = put(B, 3 * 2);
    kernels.lookUp(2, A, B, 2, C, 4 * FEATURE_BYTES);
    for (let e = 0; e < 64; e++)
      for (const j of [0, 1]) expect(at(get(C, 2 * 4 * BLOCK), 4, j, e)).toBe(table[codes[e]! * 2 + j]);
    const d = put(C, 2 * 4 * BLOCK);
    kernels.lookUpGradient(2, A, 3, 2, C, 4 * FEATURE_BYTES, D, 0);
    const sums = get(D, 6);
    kernels.lookUpGradient(2, A, 3, 2, C, 4 * FEATURE_BYTES, D, 1);
    expectClose(get(D, 6), (n) => 2 * sums[n]!, 1e-5);
    expectClose(sums, (n) => codes.reduce((sum, code, e) => sum + (code === n >> 1 ? at(d, 4, n & 1, e) : 0), 0), 1e-5);
  });

  test('adam moves parameters and moments as the paper says', () => {
    const [x, m, g] = [put(A, 40), put(B, 40), put(D, 40)];
    const v = put(C, 40, () => random.uniform());
    kernels.adam(40, A, B, C, D, 0.9, 0.1, 0.999, 0.001, 0.01, 1e-3);
    const first = (n: number): number => 0.9 * m[n]! + 0.1 * g[n]!;
    const second = (n: number): number => 0.999 * v[n]! + 0.001 * g[n]! ** 2;
    expectClose(get(B, 40), first, 3e-7);
    expectClose(get(C, 40), second, 3e-7);
    expectClose(get(A, 40), (n) => x[n]! - (0.01 * first(n)) / (Math.sqrt(second(n)) + 1e-3), 1e-6);
  });
});

test('compiled and scalar kernels give the same bits for any numbers', () => {
  const numbers = fc.float32Array({ minLength: 32, maxLength: 32, noNaN: true });
  fc.assert(
    fc.property(numbers, numbers, numbers, (x, y, z) => {
      const results = [compiled, scalarMachine].map((machine) => {
        const { memory, kernels } = machine(262144);
        const f = new Float32Array(memory);
        f.set(x, A / 4);
        f.set(y, A / 4 + 32);
        f.set(z, A / 4 + 64);
        kernels.swish(1, A, 3 * FEATURE_BYTES, B, 1);
        kernels.relu(1, A + FEATURE_BYTES, 3 * FEATURE_BYTES, B + FEATURE_BYTES, 1);
        kernels.crossEntropySlope(1, A + 2 * FEATURE_BYTES, A, A + FEATURE_BYTES, B + 2 * FEATURE_BYTES);
        kernels.gemm(1, A, 4, 4, A, 96, 3, B + 4 * FEATURE_BYTES, 0, A, 4, START.bias);
        kernels.adam(32, A, B, B + FEATURE_BYTES, A + 2 * FEATURE_BYTES, 0.9, 0.1, 0.999, 0.001, 0.01, 1e-3);
        const out = (n: number): number => B + (16 + n) * FEATURE_BYTES;
        kernels.move(3, A, FEATURE_BYTES, out(0), FEATURE_BYTES, 1, 0);
        kernels.selu(1, out(0), 0, out(3), 1);
        kernels.prelu(1, out(1), 0, out(4), 1, A, out(5));
        kernels.preluGradient(1, A, 0, out(5), 1, out(6), 0);
        kernels.dropOut(1, out(2), 0, A + FEATURE_BYTES, 1, 0.1, -0.2);
        kernels.softmax(1, A, 3, out(7));
        kernels.softmaxSlope(1, A, 2, A + FEATURE_BYTES, A + 2 * FEATURE_BYTES, out(10));
        kernels.squaredErrorSlope(1, A, A + FEATURE_BYTES, A + 2 * FEATURE_BYTES, out(12));
        kernels.move(3, A, FEATURE_BYTES, out(13), FEATURE_BYTES, 1, 0);
        kernels.batchNorm(1, 30, out(13), 0, out(16), 1, A, A + 4, out(17), out(18), out(19), 0.1, 1e-5);
        kernels.batchNormGradient(1, 30, A, 0, A + FEATURE_BYTES, 1, A, A + 4, out(20), out(21), out(22));
        kernels.standardise(1, out(14), 0, 1, A, A + 4, A + 8, A + 12, 1e-5);
        kernels.descend(32, out(15), out(23), A, 0.9, 0.01, 1);
        kernels.addMultiple(32, 0.3, A, out(24));
        kernels.keep(32, out(24), A + FEATURE_BYTES);
        // The bits of a NaN are unspecified.
        return [...new Uint32Array(f.map((value) => (Number.isNaN(value) ? 0 : value)).buffer)].slice(A / 4);
      });
      expect(results[0]).toEqual(results[1]);
    }),
    { numRuns: 20 },
  );
});
