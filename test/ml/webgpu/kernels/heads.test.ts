/** Kernels of heads against their formulas in float64. */
import { describe, test } from 'vitest';
import { call } from '../../../../src/ml/webgpu/kernel.ts';
import { HEAD, headLosses, headResults, headSlopes } from '../../../../src/ml/webgpu/kernels/heads.ts';
import { eachNumber, expectChange, Lab, range, ROWS, sigmoid, SIZES, skipWithoutGpu, total } from '../kernel-lab.ts';

skipWithoutGpu();

describe.each(['sigmoid', 'softmax', 'linear'] as const)('a head of kind %s', (kind) => {
  const outputs = 3;
  const numbers = { kind: HEAD[kind], sums: 4, outputs };
  const learned = { targets: 14, weights: 18, factor: 0.5 };

  function lab(): Lab {
    const made = new Lab(SIZES, ROWS + 1);
    eachNumber(ROWS, (position, r) => {
      for (const o of range(outputs))
        made.arena[made.place(position, 14 + o, r)] = kind === 'softmax' ? (r + position) % outputs : ((r + o) % 3) / 2;
      // Some sums are large, so that a formula that overflows is seen.
      made.arena[made.place(position, 4, r)]! *= 30;
    });
    return made;
  }

  const probabilities = (z: readonly number[]): readonly number[] => {
    const powers = z.map((value) => Math.exp(value - Math.max(...z)));
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  };
  const results = (z: readonly number[]): readonly number[] =>
    kind === 'softmax' ? probabilities(z) : z.map((value) => (kind === 'sigmoid' ? sigmoid(value) : value));
  const at = (from: Lab, row: number, position: number, r: number): readonly number[] =>
    range(outputs).map((o) => from.arena[from.place(position, row + o, r)]!);

  test('gives its results', async () => {
    const one = lab();
    await expectChange(one, call(headResults, { ...numbers, into: 24 }, [ROWS]), (arena) => {
      eachNumber(ROWS, (position, r) => {
        for (const [o, value] of results(at(one, 4, position, r)).entries())
          arena[one.place(position, 24 + o, r)] = value;
      });
    });
  });

  test('has the derivatives of its loss', async () => {
    const one = lab();
    await expectChange(one, call(headSlopes, { ...numbers, ...learned, slopes: 24 }, [ROWS]), (arena) => {
      eachNumber(ROWS, (position, r) => {
        const [z, y] = [at(one, 4, position, r), at(one, 14, position, r)];
        const weight = (one.arena[one.place(position, 18, r)]! / ROWS) * 0.5;
        for (const [o, value] of results(z).entries()) {
          const target = kind === 'softmax' ? Number(y[0] === o) : y[o]!;
          arena[one.place(position, 24 + o, r)] = weight * (kind === 'linear' ? 2 : 1) * (value - target);
        }
      });
    });
  });

  test('sums its loss up over each 64 rows that count', async () => {
    const one = lab();
    one.feed[ROWS] = ROWS;
    one.feed[2 * ROWS + 1] = 66;
    const loss = (z: readonly number[], y: readonly number[]): number => {
      const largest = Math.max(...z);
      if (kind === 'softmax') return largest + Math.log(total(3, (o) => Math.exp(z[o]! - largest))) - z[y[0]!]!;
      return total(3, (o) =>
        kind === 'linear'
          ? (z[o]! - y[o]!) ** 2
          : Math.max(z[o]!, 0) + Math.log1p(Math.exp(-Math.abs(z[o]!))) - y[o]! * z[o]!,
      );
    };
    await expectChange(
      one,
      call(headLosses, { ...numbers, ...learned, into: 24 }, [ROWS]),
      (arena) => {
        for (const position of [0, 1])
          for (const [first, end] of [
            [0, 64],
            [64, position === 0 ? ROWS : 66],
          ] as const)
            arena[one.place(position, 24, first / 64)] = total(end - first, (i) => {
              const r = first + i;
              const weight = one.arena[one.place(position, 18, r)]!;
              return weight * 0.5 * loss(at(one, 4, position, r), at(one, 14, position, r));
            });
      },
      kind === 'linear' ? 3000 : 30,
    );
  });
});
