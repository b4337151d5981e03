/** Kernels of the optimiser against their formulas in float64. */
import { describe, test } from 'vitest';
import { call } from '../../../../src/ml/webgpu/kernel.ts';
import { adam, descend, prune } from '../../../../src/ml/webgpu/kernels/optimiser.ts';
import { expectChange, Lab, range, SIZES, skipWithoutGpu } from '../kernel-lab.ts';

skipWithoutGpu();

describe('the optimiser', () => {
  const count = 50;
  const vectors = { count, gradient: 60, first: 120, second: 180, kept: 240 };

  function lab(): Lab {
    const made = new Lab(SIZES);
    for (const position of [0, 1])
      for (const i of range(count)) {
        made.state[made.own(position, 180 + i)] = Math.abs(made.state[made.own(position, 180 + i)]!);
        made.state[made.own(position, 240 + i)] = i % 4 === 0 ? 0 : 1;
        // What is pruned is 0 already, with its moments.
        if (i % 4 === 0) for (const from of [0, 120, 180]) made.state[made.own(position, from + i)] = 0;
      }
    made.settings.set([0.9, 0.1, 0.01, 1e-3, 0.002]);
    made.settings.set([0.85, 0.15, 0.02, 0, 0.001], 8);
    return made;
  }

  test.each(['adam', 'descent', 'descent after Nesterov'] as const)('takes a step of %s', async (kind) => {
    const one = lab();
    const made =
      kind === 'adam'
        ? call(adam, { ...vectors, decay: 0.1, beta2: 0.999, other2: 0.001 }, [count])
        : call(descend, { ...vectors, nesterov: kind === 'descent' ? 0 : 1, decay: 0.1 }, [count]);
    await expectChange(one, made, (_, state) => {
      for (const position of [0, 1]) {
        const [beta1, other1, rate, added, decoupled] = one.settings.subarray(8 * position) as unknown as [
          number,
          number,
          number,
          number,
          number,
        ];
        for (const i of range(count).filter((n) => n % 4 !== 0)) {
          const [x, g, m, v] = [0, 60, 120, 180].map((from) => one.own(position, from + i)) as [
            number,
            number,
            number,
            number,
          ];
          const slope = state[g]! + 0.1 * state[x]!;
          state[x]! -= decoupled * state[x]!;
          if (kind === 'adam') {
            state[m] = beta1 * state[m]! + other1 * slope;
            state[v] = 0.999 * state[v]! + 0.001 * slope * slope;
            state[x]! -= (rate * state[m]) / (Math.sqrt(state[v]) + added);
          } else {
            state[m] = beta1 * state[m]! + slope;
            state[x]! -= rate * (kind === 'descent' ? state[m] : slope + beta1 * state[m]);
          }
        }
      }
    });
  });

  test('sets what is pruned to 0, and its moments', async () => {
    const one = lab();
    for (const position of [0, 1])
      for (const from of [0, 120, 180]) one.state.fill(7, one.own(position, from), one.own(position, from) + 8);
    await expectChange(one, call(prune, vectors, [count]), (_, state) => {
      for (const position of [0, 1])
        for (const i of range(count).filter((n) => n % 4 === 0))
          for (const from of [0, 120, 180]) state[one.own(position, from + i)] = 0;
    });
  });
});
