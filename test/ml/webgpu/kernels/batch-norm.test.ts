/** Kernels of batch norm against their formulas in float64. */
import { describe, test } from 'vitest';
import { BATCH_NORM } from '../../../../src/ml/network/batch-norm.ts';
import { call } from '../../../../src/ml/webgpu/kernel.ts';
import { normalise, normaliseBatch, normaliseGradient } from '../../../../src/ml/webgpu/kernels/batch-norm.ts';
import { eachNumber, expectChange, Lab, range, ROWS, SIZES, skipWithoutGpu, total } from '../kernel-lab.ts';

skipWithoutGpu();

describe('batch norm', () => {
  const parameters = { scale: 10, shift: 20 };
  const statistics = { mean: 30, variance: 40 };
  const kept = { kept: 14, factors: 24 };
  const width = 3;

  /** Mean, and variance of all rows, of a feature. */
  function moments(lab: Lab, arena: Float64Array, position: number, row: number): readonly [number, number] {
    const x = range(ROWS).map((r) => arena[lab.place(position, row, r)]!);
    const mean = total(ROWS, (r) => x[r]!) / ROWS;
    return [mean, total(ROWS, (r) => (x[r]! - mean) ** 2) / ROWS];
  }

  test('takes the mean and the variance of the batch, towards which the running ones move', async () => {
    const lab = new Lab(SIZES);
    const made = call(normaliseBatch, { values: 4, width, ...kept, ...parameters, ...statistics }, [width]);
    await expectChange(lab, made, (arena, state) => {
      for (const position of [0, 1])
        for (const o of range(width)) {
          const [mean, variance] = moments(lab, arena, position, 4 + o);
          const inverse = 1 / Math.sqrt(variance + BATCH_NORM.epsilon);
          const [scale, shift] = [10, 20].map((at) => state[lab.own(position, at + o)]!) as [number, number];
          for (const r of range(ROWS)) {
            const at = lab.place(position, 4 + o, r);
            const standard = (arena[at]! - mean) * inverse;
            arena[lab.place(position, 14 + o, r)] = standard;
            arena[at] = scale * standard + shift;
          }
          arena[lab.place(position, 24, o)] = scale * inverse;
          state[lab.own(position, 30 + o)]! += 0.1 * (mean - state[lab.own(position, 30 + o)]!);
          const spread = (variance * ROWS) / (ROWS - 1);
          state[lab.own(position, 40 + o)]! += 0.1 * (spread - state[lab.own(position, 40 + o)]!);
        }
    });
  });

  test('takes the running mean and variance in use', async () => {
    const lab = new Lab(SIZES);
    lab.state.forEach((value, i) => (lab.state[i] = Math.abs(value) + 0.1));
    await expectChange(
      lab,
      call(normalise, { values: 4, ...parameters, ...statistics }, [ROWS, width]),
      (arena, state) => {
        eachNumber(ROWS, (position, r) => {
          for (const o of range(width)) {
            const at = lab.place(position, 4 + o, r);
            const [scale, shift, mean, variance] = [10, 20, 30, 40].map(
              (from) => state[lab.own(position, from + o)]!,
            ) as [number, number, number, number];
            arena[at] = (scale * (arena[at]! - mean)) / Math.sqrt(variance + BATCH_NORM.epsilon) + shift;
          }
        });
      },
    );
  });

  test('has the gradients of its parameters and of what it took', async () => {
    const lab = new Lab(SIZES);
    const made = call(normaliseGradient, { slopes: 4, width, ...kept, ...parameters }, [width]);
    await expectChange(
      lab,
      made,
      (arena, state) => {
        for (const position of [0, 1])
          for (const o of range(width)) {
            const dy = (r: number): number => lab.arena[lab.place(position, 4 + o, r)]!;
            const standard = (r: number): number => lab.arena[lab.place(position, 14 + o, r)]!;
            const [products, slopes] = [total(ROWS, (r) => dy(r) * standard(r)), total(ROWS, dy)];
            state[lab.own(position, 10 + o)] = products;
            state[lab.own(position, 20 + o)] = slopes;
            const factor = lab.arena[lab.place(position, 24, o)]!;
            for (const r of range(ROWS))
              arena[lab.place(position, 4 + o, r)] = factor * (dy(r) - slopes / ROWS - (standard(r) * products) / ROWS);
          }
      },
      8,
    );
  });
});
