/** The network in plain float64 loops, row by row: slow, obvious, and the reference for the backends' gradients. */
import type { TrainingSet } from '../../src/ml/data/dataset.ts';
import { parameterCount } from '../../src/ml/network/network.ts';
import type { Perceptron } from '../../src/ml/network/spec.ts';

/** (1 / B) sum of w [softplus(z) - y z], and its gradient by all parameters in their flat order. */
export function referenceGradient(
  spec: Perceptron,
  parameters: ArrayLike<number>,
  data: TrainingSet,
): { loss: number; gradient: Float64Array; logits: Float64Array } {
  const gradient = new Float64Array(parameterCount(spec));
  const logits = new Float64Array(data.rows);
  let loss = 0;
  for (let row = 0; row < data.rows; row++) {
    const pass = forward(spec, parameters, data, row);
    const y = data.targets[row]!;
    const weight = data.weights[row]! / data.rows;
    logits[row] = pass.logit;
    loss += weight * (softplus(pass.logit) - y * pass.logit);
    backward(spec, parameters, data, row, pass, weight * (sigmoid(pass.logit) - y), gradient);
  }
  return { loss, gradient, logits };
}

interface Pass {
  /** The inputs of each hidden layer, newest first, and what the output neuron sees last. */
  readonly inputs: readonly (readonly number[])[];
  readonly z: readonly (readonly number[])[];
  readonly top: readonly number[];
  readonly logit: number;
}

function forward(spec: Perceptron, parameters: ArrayLike<number>, data: TrainingSet, row: number): Pass {
  let at = 0;
  let x: number[] = [];
  for (const [i, { cardinality, size }] of spec.embeddings.entries()) {
    const code = data.codes[row * spec.embeddings.length + i]!;
    for (let j = 0; j < size; j++) x.push(parameters[at + code * size + j]!);
    at += cardinality * size;
  }
  for (let j = 0; j < spec.continuous; j++) x.push(data.continuous[row * spec.continuous + j]!);
  const inputs: number[][] = [];
  const zs: number[][] = [];
  let h: number[] = [];
  for (let k = 0; k < spec.depth; k++) {
    const z = Array.from({ length: spec.width }, (_, o) => {
      let sum = parameters[at + x.length * spec.width + o]!;
      for (let i = 0; i < x.length; i++) sum += x[i]! * parameters[at + i * spec.width + o]!;
      return sum;
    });
    at += (x.length + 1) * spec.width;
    h = z.map((value) => (spec.activation === 'relu' ? Math.max(0, value) : value * sigmoid(value)));
    inputs.push(x);
    zs.push(z);
    x = spec.dense ? [...h, ...x] : h;
  }
  let logit = parameters[at + spec.width]!;
  for (let i = 0; i < spec.width; i++) logit += h[i]! * parameters[at + i]!;
  return { inputs, z: zs, top: h, logit };
}

function backward(
  spec: Perceptron,
  parameters: ArrayLike<number>,
  data: TrainingSet,
  row: number,
  { inputs, z, top }: Pass,
  byLogit: number,
  gradient: Float64Array,
): void {
  const { width } = spec;
  let at = parameterCount(spec) - width - 1;
  const byOutput = top.map((_, i) => byLogit * parameters[at + i]!);
  for (let i = 0; i < width; i++) gradient[at + i]! += byLogit * top[i]!;
  gradient[at + width]! += byLogit;
  // By what follows layer k: its own outputs first, then, if dense, its inputs.
  let byNext: number[] = spec.dense ? [...byOutput, ...inputs[spec.depth - 1]!.map(() => 0)] : byOutput;
  for (let k = spec.depth - 1; k >= 0; k--) {
    const x = inputs[k]!;
    const byInputs = spec.dense ? byNext.slice(width) : x.map(() => 0);
    at -= (x.length + 1) * width;
    for (let o = 0; o < width; o++) {
      const byZ = byNext[o]! * slope(spec, z[k]![o]!);
      gradient[at + x.length * width + o]! += byZ;
      for (let i = 0; i < x.length; i++) {
        gradient[at + i * width + o]! += byZ * x[i]!;
        byInputs[i]! += byZ * parameters[at + i * width + o]!;
      }
    }
    byNext = byInputs;
  }
  let table = 0;
  let input = 0;
  for (const [i, { cardinality, size }] of spec.embeddings.entries()) {
    const code = data.codes[row * spec.embeddings.length + i]!;
    for (let j = 0; j < size; j++) gradient[table + code * size + j]! += byNext[input++]!;
    table += cardinality * size;
  }
}

function slope(spec: Perceptron, z: number): number {
  if (spec.activation === 'relu') return z > 0 ? 1 : 0;
  const s = sigmoid(z);
  return s + z * s * (1 - s);
}

export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}
