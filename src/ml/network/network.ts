/**
 * The shape of a network: a multilayer perceptron with embedded categories and one sigmoid output, as plain data.
 * It owns the names, shapes and order of the parameters, and holds no numbers of its own.
 */

/** One categorical input: codes 0 to `cardinality - 1`, each looked up as a vector of `size` numbers. */
export interface Embedding {
  readonly cardinality: number;
  readonly size: number;
}

/**
 * With x_0 = [embedded categories, continuous inputs] and h_k = activation(x_k W_k + b_k), the next layer takes
 *
 *     x_{k+1} = h_k              or, densely connected (Huang et al., arXiv:1608.06993, eq. 2),  x_{k+1} = [h_k, x_k]
 *
 * and the output is sigmoid(h_last w + b), in both cases of the last hidden layer alone.
 */
export interface NetworkSpec {
  /** How many continuous inputs. */
  readonly continuous: number;
  /** The categorical inputs, in the order of their codes in a row; none: []. */
  readonly embeddings: readonly Embedding[];
  /** How many hidden layers. */
  readonly depth: number;
  /** Neurons in each hidden layer. */
  readonly width: number;
  /** swish(z) = z sigmoid(z) (Ramachandran et al., arXiv:1710.05941, with beta = 1). */
  readonly activation: 'relu' | 'swish';
  /** Whether each hidden layer sees the outputs of all earlier ones and the inputs. */
  readonly dense: boolean;
}

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The parameters in their order, which is also the order of every flat parameter vector:
 * `embedding.<i>` [cardinality, size], then `hidden.<k>.weight` [inputs, width] and `hidden.<k>.bias` [width], then
 * `output.weight` [width, 1] and `output.bias` [1].
 *
 * @throws RangeError if a count in `spec` is not a whole number that makes sense.
 */
export function parameterShapes(spec: NetworkSpec): readonly ParameterShape[] {
  checkSpec(spec);
  const shapes: ParameterShape[] = spec.embeddings.map(({ cardinality, size }, i) => ({
    name: `embedding.${i}`,
    shape: [cardinality, size],
  }));
  for (let k = 0; k < spec.depth; k++) {
    shapes.push({ name: `hidden.${k}.weight`, shape: [layerInputs(spec, k), spec.width] });
    shapes.push({ name: `hidden.${k}.bias`, shape: [spec.width] });
  }
  shapes.push({ name: 'output.weight', shape: [spec.width, 1] }, { name: 'output.bias', shape: [1] });
  return shapes;
}

/** How many numbers a network of this shape learns. */
export function parameterCount(spec: NetworkSpec): number {
  return parameterShapes(spec).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** How many numbers the embeddings add to the inputs of a row. */
function embeddedWidth(spec: NetworkSpec): number {
  return spec.embeddings.reduce((sum, { size }) => sum + size, 0);
}

/** The fan-in of hidden layer `k`, counted from 0. */
export function layerInputs(spec: NetworkSpec, k: number): number {
  const inputs = embeddedWidth(spec) + spec.continuous;
  if (k === 0) return inputs;
  return spec.dense ? inputs + k * spec.width : spec.width;
}

/** How many elements an array of this shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** A size for an embedding of so many categories: min(50, floor((1 + cardinality) / 2)), the rule of fast.ai and LUMIN. */
export function defaultEmbeddingSize(cardinality: number): number {
  return Math.min(50, Math.floor((1 + cardinality) / 2));
}

function checkSpec(spec: NetworkSpec): void {
  const check = (what: string, count: number, least: number): void => {
    if (!Number.isSafeInteger(count) || count < least)
      throw new RangeError(`The ${what} of a network must be a whole number of at least ${least}, not ${count}.`);
  };
  check('number of continuous inputs', spec.continuous, 0);
  check('depth', spec.depth, 1);
  check('width', spec.width, 1);
  for (const [i, { cardinality, size }] of spec.embeddings.entries()) {
    check(`cardinality of embedding ${i}`, cardinality, 1);
    check(`size of embedding ${i}`, size, 1);
  }
  if (spec.continuous + spec.embeddings.length === 0)
    throw new RangeError('A network needs at least one input: give it continuous inputs or an embedding.');
}
