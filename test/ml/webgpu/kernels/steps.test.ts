/** Kernels of activations, PReLU and dropout against their formulas in float64. */
import { describe, test } from 'vitest';
import { call } from '../../../../src/ml/webgpu/kernel.ts';
import {
  ACTIVATION,
  activation,
  backThrough,
  dropout,
  prelu,
  preluGradient,
} from '../../../../src/ml/webgpu/kernels/steps.ts';
import { eachNumber, expectChange, Lab, range, ROWS, sigmoid, SIZES, skipWithoutGpu, total } from '../kernel-lab.ts';

skipWithoutGpu();

describe('what follows the sums', () => {
  const selu = (z: number): number => (z > 0 ? 1.0507009873554805 * z : 1.7580993408473766 * (Math.exp(z) - 1));
  const formulas = {
    relu: [(z: number) => Math.max(0, z), (z: number) => (z > 0 ? 1 : 0)],
    swish: [(z: number) => z * sigmoid(z), (z: number) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))],
    selu: [selu, (z: number) => (z > 0 ? 1.0507009873554805 : 1.7580993408473766 * Math.exp(z))],
  } as const;

  test.each(['relu', 'swish', 'selu'] as const)('is %s, with its slope where the way back needs it', async (kind) => {
    const lab = new Lab(SIZES);
    const [value, slope] = formulas[kind];
    for (const keeps of [0, 1]) {
      const made = call(activation, { kind: ACTIVATION[kind], values: 4, kept: 14, keeps }, [ROWS, 3]);
      await expectChange(lab, made, (arena) => {
        eachNumber(ROWS, (position, r) => {
          for (const o of range(3)) {
            const z = lab.arena[lab.place(position, 4 + o, r)]!;
            arena[lab.place(position, 4 + o, r)] = value(z);
            if (keeps === 1) arena[lab.place(position, 14 + o, r)] = slope(z);
          }
        });
      });
    }
  });

  test('is PReLU, whose parameter has a gradient', async () => {
    const lab = new Lab(SIZES);
    const numbers = { values: 4, kept: 14, aside: 24, slope: 17, keeps: 1 };
    await expectChange(lab, call(prelu, numbers, [ROWS, 3]), (arena, state) => {
      eachNumber(ROWS, (position, r) => {
        const a = state[lab.own(position, 17)]!;
        for (const o of range(3)) {
          const z = lab.arena[lab.place(position, 4 + o, r)]!;
          arena[lab.place(position, 4 + o, r)] = z > 0 ? z : a * z;
          arena[lab.place(position, 14 + o, r)] = z > 0 ? 1 : a;
          arena[lab.place(position, 24 + o, r)] = Math.min(z, 0);
        }
      });
    });
    await expectChange(lab, call(preluGradient, { slopes: 4, aside: 24, width: 3, out: 17 }, [1]), (arena, state) => {
      for (const position of [0, 1])
        state[lab.own(position, 17)] = total(3, (o) =>
          total(ROWS, (r) => arena[lab.place(position, 4 + o, r)]! * arena[lab.place(position, 24 + o, r)]!),
        );
    });
  });

  test('is dropout by the gains of the feed', async () => {
    const gains = Math.ceil(ROWS / 32) * 32 * 3;
    const lab = new Lab(SIZES, 5 + gains);
    const drawn = new Float32Array(lab.feed.buffer);
    drawn.forEach((_, i) => (drawn[i] = i % 3 === 0 ? 0 : 1.25));
    const numbers = { values: 4, kept: 14, gains: 5, width: 3, shift: 0.3, dropped: -0.7 };
    await expectChange(lab, call(dropout, numbers, [ROWS, 3]), (arena) => {
      eachNumber(ROWS, (position, r) => {
        for (const o of range(3)) {
          const gain = drawn[position * (5 + gains) + 5 + (Math.floor(r / 32) * 3 + o) * 32 + (r % 32)]!;
          const at = lab.place(position, 4 + o, r);
          arena[at] = gain > 0 ? gain * arena[at]! + 0.3 : -0.7;
          arena[lab.place(position, 14 + o, r)] = gain;
        }
      });
    });
  });

  test('is gone back through by the chain rule', async () => {
    const lab = new Lab(SIZES);
    await expectChange(lab, call(backThrough, { slopes: 4, kept: 14 }, [ROWS, 3]), (arena) => {
      eachNumber(ROWS, (position, r) => {
        for (const o of range(3)) arena[lab.place(position, 4 + o, r)]! *= arena[lab.place(position, 14 + o, r)]!;
      });
    });
  });
});
