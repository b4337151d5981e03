/** Kernels of inputs against their formulas in float64. */
import { describe, test } from 'vitest';
import { call } from '../../../../src/ml/webgpu/kernel.ts';
import { gather, lookUp, lookUpGradient } from '../../../../src/ml/webgpu/kernels/inputs.ts';
import { eachNumber, expectChange, Lab, range, ROWS, SIZES, skipWithoutGpu, total } from '../kernel-lab.ts';

skipWithoutGpu();

describe('inputs', () => {
  test('are gathered by row numbers to the arena rows of a list', async () => {
    const lab = new Lab(SIZES, ROWS, 5 * 90);
    lab.feed.forEach((_, i) => (lab.feed[i] = (i * 37) % 90));
    const into = [7, 3, 12, 30, 1];
    const made = call(gather, { first: 0, columns: 5, into: lab.lists.add(into) }, [ROWS, 5]);
    await expectChange(lab, made, (arena) => {
      eachNumber(ROWS, (position, r) => {
        for (const [column, row] of into.entries())
          arena[lab.place(position, row, r)] = lab.records[lab.feed[position * ROWS + r]! * 5 + column]!;
      });
    });
  });

  test('are looked up in a table, and the gradient of the table sums over the rows with each code', async () => {
    const lab = new Lab(SIZES);
    eachNumber(ROWS, (position, r) => (lab.arena[lab.place(position, 2, r)] = (r * 5 + position) % 6));
    const numbers = { codes: 2, width: 3 };
    await expectChange(lab, call(lookUp, { ...numbers, table: 11, into: 20 }, [ROWS, 3]), (arena, state) => {
      eachNumber(ROWS, (position, r) => {
        const code = arena[lab.place(position, 2, r)]!;
        for (const o of range(3)) arena[lab.place(position, 20 + o, r)] = state[lab.own(position, 11 + code * 3 + o)]!;
      });
    });
    const made = call(lookUpGradient, { ...numbers, cardinality: 6, slopes: 9, out: 50 }, [18]);
    await expectChange(lab, made, (arena, state) => {
      for (const position of [0, 1])
        for (const i of range(18))
          state[lab.own(position, 50 + i)] = total(ROWS, (r) =>
            arena[lab.place(position, 2, r)] === Math.floor(i / 3) ? arena[lab.place(position, 9 + (i % 3), r)]! : 0,
          );
    });
  });
});
