/**
 * The parameters of a network as named tensors, and as the one flat vector that optimisers and checkpoints use.
 * The value fits restage's `weights()` codec as it is.
 */
import type { Tensor, Tensors } from '../../core/artifact/tensors.ts';
import { DataError } from '../../errors.ts';
import { parameterShapes, type ParameterShape, sizeOf, statisticShapes } from './network.ts';
import type { NetworkSpec } from './spec.ts';

/**
 * A network's parameters by the names that `parameterShapes` gives, and its statistics by those of `statisticShapes`.
 */
export type Weights = Readonly<Record<string, Tensor<Float32Array>>>;

/**
 * A new vector of all parameters, in the order of `parameterShapes`, and then of all statistics. It takes tensors of
 * any type, as a stage reads them, and checks them.
 *
 * @throws DataError if a tensor is missing, of another shape, not float32, or not of this network.
 */
export function flattenWeights(spec: NetworkSpec, weights: Tensors): Float32Array {
  const shapes = tensorShapes(spec);
  const known = new Set(shapes.map(({ name }) => name));
  const stranger = Object.keys(weights).find((name) => !known.has(name));
  if (stranger !== undefined) throw new DataError(`The weights hold "${stranger}", which this network does not have.`);
  const flat = new Float32Array(lengthOf(shapes));
  let offset = 0;
  for (const { name, shape } of shapes) {
    const found = weights[name];
    const wanted = `[${shape.join(', ')}]`;
    if (found === undefined) throw new DataError(`The weights lack "${name}" of shape ${wanted}.`);
    if (found.shape.join() !== shape.join() || !(found.data instanceof Float32Array))
      throw new DataError(`The weights "${name}" have shape [${found.shape.join(', ')}]; float32 ${wanted} is needed.`);
    flat.set(found.data, offset);
    offset += found.data.length;
  }
  return flat;
}

/**
 * The inverse of `flattenWeights`. The tensors are copies.
 *
 * @throws RangeError if `flat` has another length than that.
 */
export function unflattenWeights(spec: NetworkSpec, flat: Float32Array): Weights {
  return named(tensorShapes(spec), flat);
}

/** One number a parameter, in the order of `parameterShapes`, as tensors: a gradient. */
export function namedParameters(spec: NetworkSpec, flat: Float32Array): Weights {
  return named(parameterShapes(spec), flat);
}

function named(shapes: readonly ParameterShape[], flat: Float32Array): Weights {
  const count = lengthOf(shapes);
  if (flat.length !== count) throw new RangeError(`The network has ${count} parameters, the vector ${flat.length}.`);
  let offset = 0;
  return Object.fromEntries(
    shapes.map(({ name, shape }) => {
      const data = flat.slice(offset, offset + sizeOf(shape));
      offset += data.length;
      return [name, { shape, data }];
    }),
  );
}

function tensorShapes(spec: NetworkSpec): readonly ParameterShape[] {
  return [...parameterShapes(spec), ...statisticShapes(spec)];
}

function lengthOf(shapes: readonly ParameterShape[]): number {
  return shapes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
