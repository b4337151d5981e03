/** Kernels of linear layers against their formulas in float64. */
import { describe, expect, test } from 'vitest';
import { call } from '../../../../src/ml/webgpu/kernel.ts';
import { ADD, inputSlopes, linear, weightGradient } from '../../../../src/ml/webgpu/kernels/linear.ts';
import { eachNumber, expectChange, Lab, range, ROWS, SIZES, skipWithoutGpu, total } from '../kernel-lab.ts';

skipWithoutGpu();

describe('a linear layer', () => {
  const inputs = [3, 17, 5, 30, 9];
  const [fanIn, width, weight] = [inputs.length, 7, 40];

  test('sums its inputs times weights and adds biases', async () => {
    const lab = new Lab(SIZES);
    const made = call(linear, { inputs: lab.lists.add(inputs), fanIn, weight, width, into: 32 }, [ROWS, width]);
    await expectChange(lab, made, (arena, state) => {
      eachNumber(ROWS, (position, r) => {
        for (const o of range(width))
          arena[lab.place(position, 32 + o, r)] =
            state[lab.own(position, weight + fanIn * width + o)]! +
            total(fanIn, (k) => {
              const w = state[lab.own(position, weight + k * width + o)]!;
              return w * lab.arena[lab.place(position, inputs[k]!, r)]!;
            });
      });
    });
  });

  test('hands derivatives back to the inputs of a list, to some of which it adds', async () => {
    const lab = new Lab(SIZES);
    const [ks, targets] = [
      [4, 0, 1, 2, 3],
      [20, 21 + ADD, 22, 23, 24 + ADD],
    ];
    const pairs = lab.lists.add([...ks, ...targets]);
    const made = call(inputSlopes, { pairs, count: 5, weight, width, slopes: 1 }, [ROWS, 5]);
    await expectChange(lab, made, (arena, state) => {
      eachNumber(ROWS, (position, r) => {
        for (const [i, k] of ks.entries()) {
          const at = lab.place(position, 20 + i, r);
          const by = total(width, (o) => {
            const w = state[lab.own(position, weight + k * width + o)]!;
            return w * arena[lab.place(position, 1 + o, r)]!;
          });
          arena[at] = by + (targets[i]! >= ADD ? arena[at]! : 0);
        }
      });
    });
  });

  test.each([
    [5, 7],
    [16, 16],
    [18, 3],
  ])('has a gradient of %i inputs by %i neurons, and of the biases', async (count, neurons) => {
    const lab = new Lab(SIZES);
    const from = range(count).map((k) => (k * 7) % 19);
    const numbers = { inputs: lab.lists.add(from), fanIn: count, width: neurons, slopes: 20, out: 6 };
    await expectChange(
      lab,
      call(weightGradient, numbers, [neurons, count + 1]),
      (arena, state) => {
        for (const position of [0, 1])
          for (const k of range(count + 1))
            for (const o of range(neurons))
              state[lab.own(position, 6 + k * neurons + o)] = total(
                ROWS,
                (r) =>
                  (k === count ? 1 : arena[lab.place(position, from[k]!, r)]!) * arena[lab.place(position, 20 + o, r)]!,
              );
      },
      8,
    );
  });

  test('takes nothing from the rows that are not there, even where they are NaN', async () => {
    const lab = new Lab({ rows: 3, arenaRows: 4, stateSize: 10 });
    lab.arena.fill(Number.NaN, lab.place(1, 0, 0));
    const numbers = { inputs: lab.lists.add([3]), fanIn: 1, width: 1, slopes: 3, out: 0 };
    const { state } = await lab.run(call(weightGradient, numbers, [1, 2]));
    expect(state[lab.own(0, 0)]).toBeGreaterThan(0);
  });
});
