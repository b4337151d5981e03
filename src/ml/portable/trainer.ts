/** The trainer on the portable backend: copies batches into one memory and walks the plan. */
import { exp, log1p, pow } from '../../core/numeric/elementary.ts';
import type { Tensors } from '../../core/artifact/tensors.ts';
import { DataError } from '../../errors.ts';
import { checkInputs, type NetworkInputs, type TrainingSet } from '../data/dataset.ts';
import { type NetworkSpec, parameterCount } from '../network/network.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { AdamOptions, OptimiserState, Trainer, TrainerOptions } from '../training/trainer.ts';
import { flattenWeights, unflattenWeights, type Weights } from '../network/weights.ts';
import type { PortableBackend } from './backend.ts';
import { BLOCK, FEATURE_BYTES, type Kernels } from './kernels.ts';
import { type Layout, layOut } from './layout.ts';
import { type Call, makePlan, type Plan } from './plan.ts';

export class PortableTrainer implements Trainer {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  readonly #adam: AdamOptions;
  readonly #layout: Layout;
  readonly #kernels: Kernels;
  readonly #plan: Plan;
  readonly #floats: Float32Array;
  readonly #integers: Int32Array;
  #steps = 0;

  constructor(backend: PortableBackend, spec: NetworkSpec, { batchSize, adam }: TrainerOptions) {
    this.spec = spec;
    this.batchSize = batchSize;
    this.#adam = adam;
    this.#layout = layOut(spec, BLOCKS);
    const { memory, kernels } = backend.machine(this.#layout.bytes);
    this.#kernels = kernels;
    this.#plan = makePlan(spec, this.#layout, kernels);
    this.#floats = new Float32Array(memory);
    this.#integers = new Int32Array(memory);
    this.#writeOnes();
  }

  load(weights: Tensors): void {
    this.#scatter(flattenWeights(this.spec, weights), this.#layout.parameters);
  }

  weights(): Promise<Weights> {
    return Promise.resolve(unflattenWeights(this.spec, this.#gather(this.#layout.parameters)));
  }

  restore({ steps, first, second }: OptimiserState): void {
    const count = parameterCount(this.spec);
    if (first.length !== count || second.length !== count)
      throw new DataError(
        `The optimiser's state is of ${first.length} and ${second.length} parameters; the network has ${count}.`,
      );
    this.#scatter(first, this.#layout.first);
    this.#scatter(second, this.#layout.second);
    this.#steps = steps;
  }

  optimiserState(): Promise<OptimiserState> {
    const { first, second } = this.#layout;
    return Promise.resolve({ steps: this.#steps, first: this.#gather(first), second: this.#gather(second) });
  }

  step(data: TrainingSet, rows: Uint32Array, settings: StepSettings): void {
    if (rows.length !== this.batchSize)
      throw new RangeError(`A step takes a batch of ${this.batchSize} rows, not ${rows.length}.`);
    this.#differentiate(data, rows);
    this.#steps++;
    this.#adamStep(settings);
  }

  /** The gradient of the loss by the flat parameters, on the rows of `data` with these numbers. */
  gradient(data: TrainingSet, rows: Uint32Array): Float32Array {
    this.#differentiate(data, rows);
    return this.#gather(this.#layout.gradient);
  }

  loss(data: TrainingSet, rows?: Uint32Array): Promise<number> {
    const count = rows?.length ?? data.rows;
    const { logits } = this.#layout;
    let sum = 0;
    this.#inChunks(data, rows, CAPACITY, (start, end) => {
      for (let i = start; i < end; i++) {
        const row = rows?.[i] ?? i;
        sum += data.weights[row]! * crossEntropy(this.#floats[logits / 4 + i - start]!, data.targets[row]!);
      }
    });
    return Promise.resolve(sum / count);
  }

  predict(inputs: NetworkInputs, batchRows = CAPACITY): Promise<Float32Array> {
    // In a promise, so that refusals reject it.
    return Promise.resolve().then(() => this.#predict(inputs, Math.min(batchRows, CAPACITY)));
  }

  dispose(): void {
    // The memory goes with the trainer.
  }

  #predict(inputs: NetworkInputs, chunk: number): Float32Array {
    checkInputs(this.spec, inputs, 'the rows to predict');
    const { logits, logitSlopes: probabilities } = this.#layout;
    const result = new Float32Array(inputs.rows);
    this.#inChunks(inputs, undefined, chunk, (start, end) => {
      this.#kernels.sigmoid(blocksOf(end - start), logits, probabilities);
      result.set(this.#floats.subarray(probabilities / 4, probabilities / 4 + end - start), start);
    });
    return result;
  }

  /** Part by part: what a part needs stays in the processor's caches, and memory does not grow with batches. */
  #differentiate(data: TrainingSet, rows: Uint32Array): void {
    for (let start = 0; start < rows.length; start += CAPACITY) {
      const end = Math.min(rows.length, start + CAPACITY);
      this.#writeInputs(data, rows, start, end);
      this.#writeTargets(data, rows, start, end);
      walk(this.#plan.forward, blocksOf(end - start), 0);
      walk(this.#plan.backward, blocksOf(end - start), start === 0 ? 0 : 1);
    }
  }

  #adamStep({ learningRate, beta1 }: StepSettings): void {
    const { padded, parameters, first, second, gradient } = this.#layout;
    const { beta2, epsilon } = this.#adam;
    // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 m / (sqrt(v) + eps sqrt(c2)), all scalars in float64.
    const correction = Math.sqrt(1 - pow(beta2, this.#steps));
    const rate = (learningRate * correction) / (1 - pow(beta1, this.#steps));
    this.#kernels.adam(
      padded,
      parameters,
      first,
      second,
      gradient,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      rate,
      epsilon * correction,
    );
  }

  /** Takes the rows through the network, so many at a time; `use` finds the logits of rows [start, end) in memory. */
  #inChunks(
    inputs: NetworkInputs,
    rows: Uint32Array | undefined,
    chunk: number,
    use: (start: number, end: number) => void,
  ): void {
    const count = rows?.length ?? inputs.rows;
    for (let start = 0; start < count; start += chunk) {
      const end = Math.min(count, start + chunk);
      this.#writeInputs(inputs, rows, start, end);
      walk(this.#plan.forward, blocksOf(end - start), 0);
      use(start, end);
    }
  }

  /** The inputs of rows[start, end), or of those rows themselves, feature by feature. */
  #writeInputs(inputs: NetworkInputs, rows: Uint32Array | undefined, start: number, end: number): void {
    const { continuous, codes } = inputs;
    const { input, tables } = this.#layout;
    const width = this.spec.continuous;
    const floats = this.#floats;
    const firstFeature = input.values / 4 + this.#layout.continuous * BLOCK;
    for (let i = 0; i < end - start; i++) {
      const row = rows === undefined ? start + i : rows[start + i]!;
      const from = row * width;
      const to = firstFeature + (i >>> 5) * (input.blockBytes / 4) + (i & 31);
      for (let j = 0; j < width; j++) floats[to + j * BLOCK] = continuous[from + j]!;
      for (let t = 0; t < tables.length; t++)
        this.#integers[tables[t]!.codes / 4 + i] = codes[row * tables.length + t]!;
    }
  }

  #writeTargets({ targets, weights }: TrainingSet, rows: Uint32Array, start: number, end: number): void {
    const y = this.#layout.targets / 4;
    const w = this.#layout.weights / 4;
    for (let i = start; i < end; i++) {
      this.#floats[y + i - start] = targets[rows[i]!]!;
      this.#floats[w + i - start] = weights[rows[i]!]! / rows.length;
    }
    // Rows that only fill up the last block have no weight.
    for (let i = end - start; i % BLOCK !== 0; i++) this.#floats[w + i] = 0;
  }

  #writeOnes(): void {
    const { blocks, regions } = this.#layout;
    for (const { values, features, blockBytes } of regions) {
      for (let block = 0; block < blocks; block++) {
        const start = (values + block * blockBytes + (features - 1) * FEATURE_BYTES) / 4;
        this.#floats.fill(1, start, start + BLOCK);
      }
    }
  }

  #scatter(flat: Float32Array, address: number): void {
    const { places } = this.#layout;
    for (let i = 0; i < flat.length; i++) this.#floats[address / 4 + places[i]!] = flat[i]!;
  }

  #gather(address: number): Float32Array {
    const { places } = this.#layout;
    const flat = new Float32Array(places.length);
    for (let i = 0; i < flat.length; i++) flat[i] = this.#floats[address / 4 + places[i]!]!;
    return flat;
  }
}

/** Blocks that go through the network at a time: enough to make calls cheap, few enough for the processor's caches. */
const BLOCKS = 8;
const CAPACITY = BLOCKS * BLOCK;

function blocksOf(rows: number): number {
  return Math.ceil(rows / BLOCK);
}

function walk(calls: readonly Call[], blocks: number, add: number): void {
  for (let i = 0; i < calls.length; i++) calls[i]!(blocks, add);
}

/** softplus(z) - y z, in a form that does not overflow. */
function crossEntropy(z: number, y: number): number {
  return Math.max(z, 0) + log1p(exp(-Math.abs(z))) - y * z;
}
