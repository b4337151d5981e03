/** The parameters of a network: their names, shapes and order. It holds no numbers of its own. */
import { graphOf } from './graph-of.ts';
import type { NetworkSpec } from './spec.ts';

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The parameters in their order, which is also the order of every flat parameter vector. Of a perceptron:
 * `embedding.<i>` [cardinality, size], then `hidden.<k>.weight` [inputs, width] and `hidden.<k>.bias` [width], then
 * `output.weight` [width, 1] and `output.bias` [1].
 *
 * Of blocks, layer `<k>` of the block at `<path>` has `<path>.<k>.weight` and `.bias`, then, if it has them, `.slope`
 * [1] of PReLU, and `.scale` and `.shift` [width] of batch norm. `body` is the path of the body; parts of a sequence
 * and branches add their number, a bottleneck `bottleneck`. Head `<i>` has `head.<i>.weight` and `.bias`.
 *
 * @throws RangeError if a count in `spec` is not a whole number that makes sense, or its parts do not fit one another.
 */
export function parameterShapes(spec: NetworkSpec): readonly ParameterShape[] {
  return graphOf(spec).parameters.map(({ name, shape }) => ({ name, shape }));
}

/**
 * What a network keeps besides its parameters: the running `.mean` and `.variance` [width] of each layer with batch
 * norm, by the name of the layer. No optimiser changes them.
 *
 * @throws RangeError as `parameterShapes`.
 */
export function statisticShapes(spec: NetworkSpec): readonly ParameterShape[] {
  return graphOf(spec).statistics.map(({ name, shape }) => ({ name, shape }));
}

/** How many numbers a network of this shape learns. */
export function parameterCount(spec: NetworkSpec): number {
  return parameterShapes(spec).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** How many numbers a network gives for a row: probabilities and values, head by head. */
export function outputCount(spec: NetworkSpec): number {
  return graphOf(spec).heads.reduce((sum, { outputs }) => sum + outputs, 0);
}

/** How many targets a row has: one a sigmoid or linear output, and one, the class, a softmax. */
export function targetCount(spec: NetworkSpec): number {
  return graphOf(spec).targets;
}

/** Whether a step of this network needs random draws. */
export function hasDropout(spec: NetworkSpec): boolean {
  return graphOf(spec).nodes.some((node) => node.op === 'layer' && node.steps.some(({ kind }) => kind === 'dropout'));
}

/** How many elements an array of this shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * A size for an embedding of so many categories: min(50, floor((1 + cardinality) / 2)), the rule of fast.ai and LUMIN.
 */
export function defaultEmbeddingSize(cardinality: number): number {
  return Math.min(50, Math.floor((1 + cardinality) / 2));
}
