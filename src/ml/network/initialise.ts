/** The initial weights of a network. */
import type { Random } from '../../core/identity/random.ts';
import { type NetworkSpec, parameterShapes, sizeOf } from './network.ts';
import type { Weights } from './weights.ts';

/**
 * Draws fresh weights: hidden layers Kaiming normal, std = sqrt(2 / fan_in) (He et al., arXiv:1502.01852, eq. 10); the
 * output Xavier normal, std = sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010); embeddings N(0, 1);
 * biases 0. Draws are taken in the order of `parameterShapes`.
 */
export function initialise(spec: NetworkSpec, random: Random): Weights {
  return Object.fromEntries(
    parameterShapes(spec).map(({ name, shape }) => {
      const data = new Float32Array(sizeOf(shape));
      const std = initialStd(name, shape);
      if (std > 0) for (let i = 0; i < data.length; i++) data[i] = std * random.normal();
      return [name, { shape, data }];
    }),
  );
}

function initialStd(name: string, shape: readonly number[]): number {
  if (name.endsWith('.bias')) return 0;
  if (name.startsWith('embedding.')) return 1;
  const [fanIn, fanOut] = shape as [number, number];
  return Math.sqrt(2 / (name === 'output.weight' ? fanIn + fanOut : fanIn));
}
