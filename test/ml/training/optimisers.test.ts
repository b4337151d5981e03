import { describe, expect, test } from 'vitest';
import type { ComputeBackend } from '../../../src/core/authoring/stage.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { flattenWeights, unflattenWeights } from '../../../src/ml/network/weights.ts';
import type { OptimiserOptions } from '../../../src/ml/training/trainer.ts';
import { testedBackends, useBackend } from '../backends/tested-backends.ts';
import { referenceGradient } from '../reference-network.ts';
import { sampleData, sampleParameters, smallSpec } from '../samples.ts';

const STEPS = 15;
const settings = { learningRate: 0.05, beta1: 0.9 };
const data = sampleData(smallSpec, 16, 1);
const rows = Uint32Array.from({ length: 16 }, (_, i) => i);
const adam = { beta2: 0.999, epsilon: 1e-3 };

/** As the documentation of PyTorch 2 writes its optimisers (torch.optim.SGD, Adam, AdamW), in float64. */
function reference(options: OptimiserOptions): Float64Array {
  const x = Float64Array.from(sampleParameters(smallSpec, 1));
  const [m, v] = [new Float64Array(x.length), new Float64Array(x.length)];
  const { weightDecay = 0, decoupledWeightDecay = 0 } = options.adam ?? options.sgd;
  const { learningRate: rate, beta1 } = settings;
  for (let step = 1; step <= STEPS; step++) {
    const { gradient } = referenceGradient(smallSpec, x, data);
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i]! + weightDecay * x[i]!;
      x[i]! -= rate * decoupledWeightDecay * x[i]!;
      if (options.sgd !== undefined) {
        m[i] = step === 1 ? g : beta1 * m[i]! + g;
        x[i]! -= rate * (options.sgd.nesterov === true ? g + beta1 * m[i]! : m[i]!);
      } else {
        m[i] = beta1 * m[i]! + (1 - beta1) * g;
        v[i] = adam.beta2 * v[i]! + (1 - adam.beta2) * g * g;
        const [mHat, vHat] = [m[i]! / (1 - beta1 ** step), v[i]! / (1 - adam.beta2 ** step)];
        x[i]! -= (rate * mHat) / (Math.sqrt(vHat) + adam.epsilon);
      }
    }
  }
  return x;
}

describe.each(testedBackends)('on %s', (name) => {
  let backend: ComputeBackend;
  useBackend(name, (opened) => (backend = opened));

  test.each<[string, OptimiserOptions]>([
    ['gradient descent with momentum', { sgd: {} }],
    ['gradient descent after Nesterov', { sgd: { nesterov: true } }],
    ['gradient descent with weight decay', { sgd: { weightDecay: 0.1 } }],
    ['Adam with weight decay in the gradient', { adam: { ...adam, weightDecay: 0.1 } }],
    ['Adam with decoupled weight decay', { adam: { ...adam, decoupledWeightDecay: 0.1 } }],
  ])('%s steps as PyTorch documents it', async (_, options) => {
    const trainer = openTrainer(backend, smallSpec, { batchSize: 16, ...options });
    trainer.load(unflattenWeights(smallSpec, sampleParameters(smallSpec, 1)));
    for (let step = 0; step < STEPS; step++) trainer.step(data, rows, settings);
    const found = flattenWeights(smallSpec, await trainer.weights());
    const exact = reference(options);
    // Parameters move by up to 1 here; float32 resolves 6e-8 of each, at each step.
    expect(Math.max(...exact.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThan(5e-6);
    trainer.dispose();
  });
});

test('a weight decay that makes no sense is refused', async () => {
  const { openBackend } = await import('../../../src/ml/backends/backends.ts');
  const backend = await openBackend('portable');
  expect(() => openTrainer(backend, smallSpec, { batchSize: 1, sgd: { weightDecay: -1 } })).toThrow(
    new RangeError('Weight decay must be a number of at least 0, not -1.'),
  );
});
