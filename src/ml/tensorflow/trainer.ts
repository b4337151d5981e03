/** The trainer on TensorFlow.js: parameters and moments live on the backend as flat vectors, batches are uploaded. */
import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { exp } from '../../core/numeric/elementary.ts';
import type { Tensors } from '../../core/artifact/tensors.ts';
import type { Random } from '../../core/identity/random.ts';
import { DataError } from '../../errors.ts';
import { checkInputs, type NetworkInputs, type TrainingSet } from '../data/dataset.ts';
import { drawGains, emptyGains, type Gains } from '../network/dropout.ts';
import type { GraphHead, NetworkGraph } from '../network/graph.ts';
import { graphOf } from '../network/graph-of.ts';
import { flattenMasks, type Masks } from '../network/masks.ts';
import { outputCount, parameterCount } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { flattenWeights, namedParameters, unflattenWeights, type Weights } from '../network/weights.ts';
import { rowLoss } from '../training/row-loss.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { OptimiserState, Trainer, TrainerOptions } from '../training/trainer.ts';
import type { TensorFlow } from './backend.ts';
import { gradient, type GradientTensors } from './backward.ts';
import { uploadBatch, uploadGains, uploadInputs } from './batch.ts';
import { forward } from './network.ts';
import { optimise } from './optimiser.ts';

/** All that lives on the backend. */
interface State {
  readonly parameters: Tensor1D;
  readonly first: Tensor1D;
  readonly second: Tensor1D;
  /** Undefined if the network has none. */
  readonly statistics: Tensor1D | undefined;
  /** 1 for each parameter, or 0 where it is pruned; undefined while none is. */
  readonly kept: Tensor1D | undefined;
}

export class TensorFlowTrainer implements Trainer {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  readonly #tf: TensorFlow;
  readonly #options: TrainerOptions;
  readonly #graph: NetworkGraph;
  readonly #count: number;
  readonly #gains: readonly Gains[];
  #state: State;
  #steps = 0;

  constructor(tf: TensorFlow, spec: NetworkSpec, options: TrainerOptions) {
    this.spec = spec;
    this.batchSize = options.batchSize;
    this.#tf = tf;
    this.#options = options;
    this.#graph = graphOf(spec);
    this.#count = parameterCount(spec);
    this.#gains = emptyGains(this.#graph, options.batchSize);
    const zeros = (): Tensor1D => tf.tensor1d(new Float32Array(this.#count));
    const statistics = this.#graph.statistics.flatMap(({ shape }) => Array.from({ length: shape[0]! }, () => 0));
    this.#state = {
      parameters: zeros(),
      first: zeros(),
      second: zeros(),
      statistics: statistics.length === 0 ? undefined : tf.tensor1d(statistics),
      kept: undefined,
    };
  }

  load(weights: Tensors): void {
    const flat = flattenWeights(this.spec, weights);
    const statistics = flat.length === this.#count ? {} : { statistics: this.#tf.tensor1d(flat.slice(this.#count)) };
    this.#replace({ ...this.#state, parameters: this.#tf.tensor1d(flat.slice(0, this.#count)), ...statistics });
    this.#prune();
  }

  async weights(): Promise<Weights> {
    const { parameters, statistics } = this.#state;
    const flat = await Promise.all([parameters, ...(statistics === undefined ? [] : [statistics])].map(floats));
    return unflattenWeights(this.spec, Float32Array.from(flat.flatMap((part) => [...part])));
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
    this.#prune();
  }

  async optimiserState(): Promise<OptimiserState> {
    const [first, second] = await Promise.all([floats(this.#state.first), floats(this.#state.second)]);
    return { steps: this.#steps, first, second };
  }

  mask(masks: Masks): void {
    const flat = flattenMasks(this.spec, masks);
    const kept = flat.includes(0) ? this.#tf.tensor1d(Float32Array.from(flat)) : undefined;
    this.#replace({ ...this.#state, kept });
    this.#prune();
  }

  step(data: TrainingSet, rows: Uint32Array, settings: StepSettings, random?: Random): void {
    const next = this.#tf.tidy(() => {
      const { gradient: slope, statistics } = this.#differentiate(data, rows, random);
      const { kept } = this.#state;
      const moved = optimise(this.#tf, this.#state, slope, kept, this.#steps + 1, settings, this.#options);
      return { ...moved, ...(statistics === undefined ? {} : { statistics }) };
    });
    this.#replace({ ...this.#state, ...next });
    this.#steps++;
  }

  async gradient(data: TrainingSet, rows: Uint32Array, random?: Random): Promise<Weights> {
    const slope = this.#tf.tidy(() => this.#differentiate(data, rows, random).gradient);
    const flat = await floats(slope);
    slope.dispose();
    return namedParameters(this.spec, flat);
  }

  async loss(data: TrainingSet, rows?: Uint32Array): Promise<number> {
    const chosen = rows ?? allRows(data.rows);
    const columns = this.#graph.targets;
    let sum = 0;
    await this.#inChunks(data, chosen, CHUNK, (sums, stride, start, end) => {
      for (let i = start; i < end; i++) {
        const row = chosen[i]!;
        let loss = 0;
        let output = 0;
        for (const head of this.#graph.heads) {
          loss += rowLoss(head, sums, output * stride + i - start, stride, data.targets, row * columns);
          output += head.outputs;
        }
        sum += data.weights[row]! * loss;
      }
    });
    return sum / chosen.length;
  }

  async predict(inputs: NetworkInputs, batchRows = CHUNK): Promise<Float32Array> {
    checkInputs(this.spec, inputs, 'the rows to predict');
    const width = outputCount(this.spec);
    const result = new Float32Array(inputs.rows * width);
    await this.#inChunks(inputs, allRows(inputs.rows), batchRows, (sums, stride, start, end) => {
      for (let i = start; i < end; i++) {
        let output = 0;
        for (const head of this.#graph.heads) {
          const from = output * stride + i - start;
          for (let o = 0; o < head.outputs; o++)
            result[i * width + output + o] = predicted(head, sums, from, stride, o);
          output += head.outputs;
        }
      }
    });
    return result;
  }

  dispose(): void {
    for (const tensor of Object.values<Tensor1D | undefined>({ ...this.#state })) tensor?.dispose();
  }

  /** Call it in a `tf.tidy`. */
  #differentiate(data: TrainingSet, rows: Uint32Array, random: Random | undefined): GradientTensors {
    if (rows.length !== this.batchSize)
      throw new RangeError(`A step takes a batch of ${this.batchSize} rows, not ${rows.length}.`);
    const tf = this.#tf;
    drawGains(this.#gains, random);
    const batch = uploadBatch(tf, this.spec, this.#graph, data, rows);
    const gains = this.#gains.map((part) => uploadGains(tf, part, rows.length));
    return gradient(tf, this.#graph, this.#state, batch, { gains });
  }

  /** Takes the rows through the network; `use` gets the sums of all heads, [outputs, stride], of rows [start, end). */
  async #inChunks(
    inputs: NetworkInputs,
    rows: Uint32Array,
    batchRows: number,
    use: (sums: Float32Array, stride: number, start: number, end: number) => void,
  ): Promise<void> {
    const tf = this.#tf;
    // The order in which TensorFlow's products sum depends on the number of rows, so that number is always the same.
    const isNative = tf.getBackend() === 'tensorflow';
    const size = isNative ? CHUNK : batchRows;
    for (let start = 0; start < rows.length; start += size) {
      const chunk = rows.subarray(start, start + size);
      const fed = isNative ? filledUp(chunk, size) : chunk;
      const sums = tf.tidy(() => {
        const { heads } = forward(tf, this.#graph, this.#state, uploadInputs(tf, this.spec, inputs, fed), undefined);
        return tf.concat<Tensor<Rank.R2>>(
          heads.map((head) => head.sums),
          0,
        );
      });
      use(await floats(sums), fed.length, start, start + chunk.length);
      sums.dispose();
    }
  }

  #prune(): void {
    const { kept, ...state } = this.#state;
    if (kept === undefined) return;
    const tf = this.#tf;
    const next = tf.tidy(() => {
      const isKept = tf.greater(kept, 0);
      const pruned = (vector: Tensor1D): Tensor1D => tf.where(isKept, vector, tf.zerosLike(vector));
      return {
        parameters: pruned(state.parameters),
        first: pruned(state.first),
        second: pruned(state.second),
      };
    });
    this.#replace({ ...this.#state, ...next });
  }

  #replace(next: State): void {
    const old = this.#state;
    this.#state = next;
    const parts = ['parameters', 'first', 'second', 'statistics', 'kept'] as const;
    for (const part of parts) if (old[part] !== next[part]) old[part]?.dispose();
  }
}

/** The default number of rows that go through the network at a time: enough to keep it busy, few enough for caches. */
const CHUNK = 512;

/** Output `o` of a head for a row whose first sum is at `start`. */
function predicted({ kind, outputs }: GraphHead, sums: Float32Array, start: number, stride: number, o: number): number {
  const own = sums[start + o * stride]!;
  switch (kind) {
    case 'sigmoid':
      return 1 / (1 + exp(-own));
    case 'softmax': {
      let total = 0;
      for (let c = 0; c < outputs; c++) total += exp(sums[start + c * stride]! - own);
      return 1 / total;
    }
    case 'linear':
      return own;
  }
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

async function floats(tensor: Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  // A copy, because the cpu backend returns the array that it computes with.
  return values.slice();
}
