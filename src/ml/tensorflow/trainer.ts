/** The trainer on TensorFlow.js: parameters and moments live on the backend as flat vectors, batches are uploaded. */
import type { Rank, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tensors } from '../../core/artifact/tensors.ts';
import { DataError } from '../../errors.ts';
import { checkInputs, type NetworkInputs, type TrainingSet } from '../data/dataset.ts';
import { type NetworkSpec, parameterCount } from '../network/network.ts';
import type { StepSettings } from '../training/schedules.ts';
import { type AdamTensors, adamStep } from './adam.ts';
import type { TensorFlow } from './backend.ts';
import { gradient, type InputTensors, logits } from './network.ts';
import type { AdamOptions, OptimiserState, Trainer, TrainerOptions } from '../training/trainer.ts';
import { flattenWeights, unflattenWeights, type Weights } from '../network/weights.ts';

export class TensorFlowTrainer implements Trainer {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  readonly #tf: TensorFlow;
  readonly #adam: AdamOptions;
  readonly #count: number;
  #state: AdamTensors;
  #steps = 0;

  constructor(tf: TensorFlow, spec: NetworkSpec, { batchSize, adam }: TrainerOptions) {
    this.spec = spec;
    this.batchSize = batchSize;
    this.#tf = tf;
    this.#adam = adam;
    this.#count = parameterCount(spec);
    const zeros = (): Tensor1D => tf.tensor1d(new Float32Array(this.#count));
    this.#state = { parameters: zeros(), first: zeros(), second: zeros() };
  }

  load(weights: Tensors): void {
    const parameters = this.#tf.tensor1d(flattenWeights(this.spec, weights));
    this.#replace({ ...this.#state, parameters });
  }

  async weights(): Promise<Weights> {
    return unflattenWeights(this.spec, await floats(this.#state.parameters));
  }

  restore({ steps, first, second }: OptimiserState): void {
    if (first.length !== this.#count || second.length !== this.#count)
      throw new DataError(
        `The optimiser's state is of ${first.length} and ${second.length} parameters; the network has ${this.#count}.`,
      );
    // Copies, because the cpu backend keeps the array that it is given.
    const copy = (moment: Float32Array): Tensor1D => this.#tf.tensor1d(moment.slice());
    this.#replace({ ...this.#state, first: copy(first), second: copy(second) });
    this.#steps = steps;
  }

  async optimiserState(): Promise<OptimiserState> {
    const [first, second] = await Promise.all([floats(this.#state.first), floats(this.#state.second)]);
    return { steps: this.#steps, first, second };
  }

  step(data: TrainingSet, rows: Uint32Array, settings: StepSettings): void {
    if (rows.length !== this.batchSize)
      throw new RangeError(`A step takes a batch of ${this.batchSize} rows, not ${rows.length}.`);
    const tf = this.#tf;
    const next = tf.tidy('step', () => {
      const targets = Float32Array.from(rows, (row) => data.targets[row]!);
      const weights = Float32Array.from(rows, (row) => data.weights[row]! / rows.length);
      const batch = {
        ...this.#upload(data, rows),
        targets: tf.tensor2d(targets, [1, rows.length]),
        weights: tf.tensor2d(weights, [1, rows.length]),
      };
      const slope = gradient(tf, this.spec, this.#state.parameters, batch);
      return adamStep(tf, this.#state, slope, this.#steps + 1, settings, this.#adam);
    });
    this.#replace(next);
    this.#steps++;
  }

  async loss(data: TrainingSet, rows?: Uint32Array): Promise<number> {
    const chosen = rows ?? allRows(data.rows);
    const z = await this.#logits(data, chosen, CHUNK);
    let sum = 0;
    for (let i = 0; i < z.length; i++)
      sum += data.weights[chosen[i]!]! * crossEntropy(z[i]!, data.targets[chosen[i]!]!);
    return sum / z.length;
  }

  async predict(inputs: NetworkInputs, batchRows = CHUNK): Promise<Float32Array> {
    checkInputs(this.spec, inputs, 'the rows to predict');
    const z = await this.#logits(inputs, allRows(inputs.rows), batchRows);
    return z.map((value) => 1 / (1 + Math.exp(-value)));
  }

  dispose(): void {
    for (const tensor of Object.values<Tensor1D>(this.#state)) tensor.dispose();
  }

  async #logits(inputs: NetworkInputs, rows: Uint32Array, batchRows: number): Promise<Float32Array> {
    const tf = this.#tf;
    const result = new Float32Array(rows.length);
    // The order in which TensorFlow's products sum depends on the number of rows, so that number is always the same.
    const isNative = tf.getBackend() === 'tensorflow';
    const size = isNative ? CHUNK : batchRows;
    for (let start = 0; start < rows.length; start += size) {
      const chunk = rows.subarray(start, start + size);
      const fed = isNative ? filledUp(chunk, size) : chunk;
      const z = tf.tidy('logits', () => logits(tf, this.spec, this.#state.parameters, this.#upload(inputs, fed)));
      result.set((await floats(z)).subarray(0, chunk.length), start);
      z.dispose();
    }
    return result;
  }

  /** These rows of the inputs, feature-major. */
  #upload({ continuous, codes }: NetworkInputs, rows: Uint32Array): InputTensors {
    const tf = this.#tf;
    const { spec } = this;
    const columns = spec.embeddings.length;
    return {
      continuous:
        spec.continuous === 0
          ? undefined
          : tf.tensor2d(transposedRows(continuous, spec.continuous, rows), [spec.continuous, rows.length]),
      oneHot: spec.embeddings.map(({ cardinality }, column) => {
        const hot = new Float32Array(cardinality * rows.length);
        for (let i = 0; i < rows.length; i++) hot[codes[rows[i]! * columns + column]! * rows.length + i] = 1;
        return tf.tensor2d(hot, [cardinality, rows.length]);
      }),
      ones: tf.ones<Rank.R2>([1, rows.length]),
    };
  }

  #replace(next: AdamTensors): void {
    const old = this.#state;
    this.#state = next;
    for (const part of ['parameters', 'first', 'second'] as const) if (old[part] !== next[part]) old[part].dispose();
  }
}

/** The default number of rows that go through the network at a time: enough to keep it busy, few enough for caches. */
const CHUNK = 512;

/** softplus(z) - y z, in a form that does not overflow. */
function crossEntropy(z: number, y: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z;
}

function transposedRows(values: Float32Array, width: number, rows: Uint32Array): Float32Array {
  const result = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    for (let j = 0; j < width; j++) result[j * rows.length + i] = values[from + j]!;
  }
  return result;
}

/** The first row again and again, up to this many. */
function filledUp(rows: Uint32Array, size: number): Uint32Array {
  if (rows.length === size) return rows;
  const filled = new Uint32Array(size).fill(rows[0]!);
  filled.set(rows);
  return filled;
}

function allRows(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, i) => i);
}

async function floats(tensor: Tensor1D | Tensor2D): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  // A copy, because the cpu backend returns the array that it computes with.
  return values.slice();
}
