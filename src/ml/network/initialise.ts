/** The initial weights of a network. */
import type { Random } from '../../core/identity/random.ts';
import { graphOf } from './graph-of.ts';
import { sizeOf } from './network.ts';
import type { NetworkSpec } from './spec.ts';
import type { Weights } from './weights.ts';

/**
 * Draws fresh weights by activation: before `relu`, `swish` and `prelu` Kaiming normal, std = sqrt(2 / fan_in) (He et
 * al., arXiv:1502.01852, eq. 10); before `selu` LeCun normal, sqrt(1 / fan_in) (Klambauer et al., arXiv:1706.02515);
 * before `identity` and of heads Xavier normal, std = sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010);
 * embeddings N(0, 1); biases 0; slopes of PReLU 0.25; batch norm scales by 1 and shifts by 0, with running mean 0 and
 * variance 1. Draws are taken in the order of `parameterShapes`.
 */
export function initialise(spec: NetworkSpec, random: Random): Weights {
  const { parameters, statistics } = graphOf(spec);
  return Object.fromEntries(
    [...parameters, ...statistics].map(({ name, shape, initial }) => {
      const data = new Float32Array(sizeOf(shape));
      if ('value' in initial) data.fill(initial.value);
      else for (let i = 0; i < data.length; i++) data[i] = initial.std * random.normal();
      return [name, { shape, data }];
    }),
  );
}
