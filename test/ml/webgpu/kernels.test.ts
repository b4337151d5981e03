/** Each kernel against its formula in float64, for two networks, with sizes that do not divide by its tiles. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BATCH_NORM } from '../../../src/ml/network/batch-norm.ts';
import { type Call, call } from '../../../src/ml/webgpu/kernel.ts';
import { normalise, normaliseBatch, normaliseGradient } from '../../../src/ml/webgpu/kernels/batch-norm.ts';
import { HEAD, headLosses, headResults, headSlopes } from '../../../src/ml/webgpu/kernels/heads.ts';
import { gather, lookUp, lookUpGradient } from '../../../src/ml/webgpu/kernels/inputs.ts';
import { ADD, inputSlopes, linear, weightGradient } from '../../../src/ml/webgpu/kernels/linear.ts';
import { handOn, sum } from '../../../src/ml/webgpu/kernels/move.ts';
import { adam, descend, prune } from '../../../src/ml/webgpu/kernels/optimiser.ts';
import {
  ACTIVATION,
  activation,
  backThrough,
  dropout,
  prelu,
  preluGradient,
} from '../../../src/ml/webgpu/kernels/steps.ts';
import { hasTestedGpu, NO_GPU, testedWebGpu } from '../../helpers/software-gpu.ts';
import { eachNumber, Lab } from './kernel-lab.ts';

const ROWS = 70;
const sizes = { rows: ROWS, arenaRows: 40, stateSize: 300 };

let device: GPUDevice;
beforeAll(async () => {
  if (hasTestedGpu) device = (await testedWebGpu()).gpu;
});
beforeEach(({ skip }) => skip(!hasTestedGpu, NO_GPU));

/**
 * Arena and state as they should be afterwards: what `change` does to copies in float64. Everything else is as before.
 *
 * @param size of the terms of sums that cancel: their rounding is relative to it
 */
async function expectChange(
  lab: Lab,
  made: Call,
  change: (arena: Float64Array, state: Float64Array) => void,
  size = 1,
): Promise<void> {
  const [arena, state] = [Float64Array.from(lab.arena), Float64Array.from(lab.state)];
  change(arena, state);
  const found = await lab.run(device, made);
  for (const [what, exact, given] of [
    ['arena', arena, found.arena],
    ['state', state, found.state],
  ] as const) {
    const off = exact.findIndex((value, i) => !(Math.abs(value - given[i]!) <= 1e-6 * Math.max(size, Math.abs(value))));
    expect(off === -1 ? undefined : { what, at: off, exact: exact[off], found: given[off] }).toBeUndefined();
  }
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const total = (count: number, of: (i: number) => number): number => range(count).reduce((sum, i) => sum + of(i), 0);
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

describe('inputs', () => {
  test('are gathered by row numbers to the arena rows of a list', async () => {
    const lab = new Lab(sizes, ROWS, 5 * 90);
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
    const lab = new Lab(sizes);
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

describe('a linear layer', () => {
  const inputs = [3, 17, 5, 30, 9];
  const [fanIn, width, weight] = [inputs.length, 7, 40];

  test('sums its inputs times weights and adds biases', async () => {
    const lab = new Lab(sizes);
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
    const lab = new Lab(sizes);
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
    const lab = new Lab(sizes);
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
    const { state } = await lab.run(device, call(weightGradient, numbers, [1, 2]));
    expect(state[lab.own(0, 0)]).toBeGreaterThan(0);
  });
});

describe('what follows the sums', () => {
  const selu = (z: number): number => (z > 0 ? 1.0507009873554805 * z : 1.7580993408473766 * (Math.exp(z) - 1));
  const formulas = {
    relu: [(z: number) => Math.max(0, z), (z: number) => (z > 0 ? 1 : 0)],
    swish: [(z: number) => z * sigmoid(z), (z: number) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))],
    selu: [selu, (z: number) => (z > 0 ? 1.0507009873554805 : 1.7580993408473766 * Math.exp(z))],
  } as const;

  test.each(['relu', 'swish', 'selu'] as const)('is %s, with its slope where the way back needs it', async (kind) => {
    const lab = new Lab(sizes);
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
    const lab = new Lab(sizes);
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
    const lab = new Lab(sizes, 5 + gains);
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
    const lab = new Lab(sizes);
    await expectChange(lab, call(backThrough, { slopes: 4, kept: 14 }, [ROWS, 3]), (arena) => {
      eachNumber(ROWS, (position, r) => {
        for (const o of range(3)) arena[lab.place(position, 4 + o, r)]! *= arena[lab.place(position, 14 + o, r)]!;
      });
    });
  });
});

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
    const lab = new Lab(sizes);
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
    const lab = new Lab(sizes);
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
    const lab = new Lab(sizes);
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

describe.each(['sigmoid', 'softmax', 'linear'] as const)('a head of kind %s', (kind) => {
  const outputs = 3;
  const numbers = { kind: HEAD[kind], sums: 4, outputs };
  const learned = { targets: 14, weights: 18, factor: 0.5 };

  function lab(): Lab {
    const made = new Lab(sizes, ROWS + 1);
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

describe('a residual sum', () => {
  test('adds features up', async () => {
    const lab = new Lab(sizes);
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
    const lab = new Lab(sizes);
    const pairs = lab.lists.add([1, 2, 10, 11 + ADD]);
    await expectChange(lab, call(handOn, { pairs, count: 2 }, [ROWS, 2]), (arena) => {
      eachNumber(ROWS, (position, r) => {
        arena[lab.place(position, 10, r)] = arena[lab.place(position, 1, r)]!;
        arena[lab.place(position, 11, r)]! += arena[lab.place(position, 2, r)]!;
      });
    });
  });
});

describe('the optimiser', () => {
  const count = 50;
  const vectors = { count, gradient: 60, first: 120, second: 180, kept: 240 };

  function lab(): Lab {
    const made = new Lab(sizes);
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
