/** Kernels of residual sums against their formulas in float64. */
import { describe, test } from 'vitest';
import { call } from '../../../../src/ml/webgpu/kernel.ts';
import { ADD } from '../../../../src/ml/webgpu/kernels/linear.ts';
import { handOn, sum } from '../../../../src/ml/webgpu/kernels/move.ts';
import { eachNumber, expectChange, Lab, ROWS, SIZES, skipWithoutGpu } from '../kernel-lab.ts';

skipWithoutGpu();

describe('a residual sum', () => {
  test('adds features up', async () => {
    const lab = new Lab(SIZES);
    const inputs = [9, 2, 33];
    const made = call(sum, { added: 12, inputs: lab.lists.add(inputs), into: 20 }, [ROWS, 3]);
    await expectChange(lab, made, (arena) => {
      eachNumber(ROWS, (position, r) => {
        for (const [i, input] of inputs.entries())
          arena[lab.place(position, 20 + i, r)] =
            arena[lab.place(position, 12 + i, r)]! + arena[lab.place(position, input, r)]!;
      });
    });
  });

  test('hands its derivatives on, to some of which it adds', async () => {
    const lab = new Lab(SIZES);
    const pairs = lab.lists.add([1, 2, 10, 11 + ADD]);
    await expectChange(lab, call(handOn, { pairs, count: 2 }, [ROWS, 2]), (arena) => {
      eachNumber(ROWS, (position, r) => {
        arena[lab.place(position, 10, r)] = arena[lab.place(position, 1, r)]!;
        arena[lab.place(position, 11, r)]! += arena[lab.place(position, 2, r)]!;
      });
    });
  });
});
