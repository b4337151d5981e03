/** The trainer on the portable backend: copies batches into one memory and walks the plan. */
import type { Tensors } from '../../core/artifact/tensors.ts';
import type { Random } from '../../core/identity/random.ts';
import { DataError } from '../../errors.ts';
import { checkInputs, type NetworkInputs, type TrainingSet } from '../data/dataset.ts';
import type { NetworkGraph } from '../network/graph.ts';
import { graphOf } from '../network/graph-of.ts';
import { flattenMasks, type Masks } from '../network/masks.ts';
import { outputCount, parameterCount } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { flattenWeights, namedParameters, unflattenWeights, type Weights } from '../network/weights.ts';
import { rowLoss } from '../training/row-loss.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { OptimiserState, Trainer, TrainerOptions } from '../training/trainer.ts';
import type { PortableBackend } from './backend.ts';
import { BatchWriter } from './batch.ts';
import type { Call } from './call.ts';
import { BLOCK, type Kernels } from './kernels.ts';
import { type Layout, layOut } from './layout.ts';
import { optimise } from './optimiser.ts';
import { makePlan, type Plan } from './plan.ts';

export class PortableTrainer implements Trainer {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  readonly #options: TrainerOptions;
  readonly #graph: NetworkGraph;
  readonly #layout: Layout;
  readonly #kernels: Kernels;
  readonly #plan: Plan;
  readonly #batch: BatchWriter;
  readonly #floats: Float32Array;
  readonly #integers: Int32Array;
  /** Rows that go through the network at a time. */
  readonly #capacity: number;
  #isMasked = false;
  #steps = 0;

  constructor(backend: PortableBackend, spec: NetworkSpec, options: TrainerOptions) {
    this.spec = spec;
    this.batchSize = options.batchSize;
    this.#options = options;
    this.#graph = graphOf(spec);
    // Batch norm takes the statistics of a whole batch.
    const blocks = this.#graph.statistics.length === 0 ? BLOCKS : Math.max(BLOCKS, blocksOf(options.batchSize));
    this.#capacity = blocks * BLOCK;
    this.#layout = layOut(this.#graph, blocks);
    const { memory, kernels } = backend.machine(this.#layout.bytes);
    this.#kernels = kernels;
    this.#plan = makePlan(this.#graph, this.#layout, kernels);
    this.#batch = new BatchWriter(this.#graph, this.#layout, memory, options.batchSize);
    this.#floats = new Float32Array(memory);
    this.#integers = new Int32Array(memory);
  }

  load(weights: Tensors): void {
    const flat = flattenWeights(this.spec, weights);
    const count = this.#layout.numbers.length;
    this.#scatter(flat.subarray(0, count), this.#layout.parameters);
    this.#writeStatistics(flat.subarray(count));
    this.#prune();
  }

  weights(): Promise<Weights> {
    const parameters = this.#gather(this.#layout.parameters);
    const statistics = this.#statistics();
    const flat = new Float32Array(parameters.length + statistics.length);
    flat.set(parameters);
    flat.set(statistics, parameters.length);
    return Promise.resolve(unflattenWeights(this.spec, flat));
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
    this.#prune();
  }

  optimiserState(): Promise<OptimiserState> {
    const { first, second } = this.#layout;
    return Promise.resolve({ steps: this.#steps, first: this.#gather(first), second: this.#gather(second) });
  }

  mask(masks: Masks): void {
    const flat = flattenMasks(this.spec, masks);
    const { kept, padded, numbers } = this.#layout;
    this.#isMasked = flat.includes(0);
    this.#integers.fill(-1, kept / 4, kept / 4 + padded);
    for (let i = 0; i < flat.length; i++) if (flat[i] === 0) this.#integers[kept / 4 + numbers[i]!] = 0;
    this.#prune();
  }

  step(data: TrainingSet, rows: Uint32Array, settings: StepSettings, random?: Random): void {
    this.#differentiate(data, rows, random);
    this.#steps++;
    const { gradient, padded, kept, parameters } = this.#layout;
    if (this.#isMasked) this.#kernels.keep(padded, gradient, kept);
    optimise(this.#kernels, this.#layout, this.#options, settings, this.#steps);
    // Without an epsilon, Adam divides 0 by 0.
    if (this.#isMasked) this.#kernels.keep(padded, parameters, kept);
  }

  gradient(data: TrainingSet, rows: Uint32Array, random?: Random): Promise<Weights> {
    return Promise.resolve().then(() => {
      const statistics = this.#statistics();
      this.#differentiate(data, rows, random);
      this.#writeStatistics(statistics);
      return namedParameters(this.spec, this.#gather(this.#layout.gradient));
    });
  }

  loss(data: TrainingSet, rows?: Uint32Array): Promise<number> {
    const count = rows?.length ?? data.rows;
    const columns = this.#graph.targets;
    let sum = 0;
    this.#inChunks(data, rows, this.#capacity, (start, end) => {
      for (let i = start; i < end; i++) {
        const row = rows?.[i] ?? i;
        let loss = 0;
        for (const { head, logits, neurons } of this.#layout.heads) {
          const first = logits / 4 + placeOf(i - start, neurons);
          loss += rowLoss(head, this.#floats, first, BLOCK, data.targets, row * columns);
        }
        sum += data.weights[row]! * loss;
      }
    });
    return Promise.resolve(sum / count);
  }

  predict(inputs: NetworkInputs, batchRows = this.#capacity): Promise<Float32Array> {
    // In a promise, so that refusals reject it.
    return Promise.resolve().then(() => this.#predict(inputs, Math.min(batchRows, this.#capacity)));
  }

  dispose(): void {
    // The memory goes with the trainer.
  }

  #predict(inputs: NetworkInputs, chunk: number): Float32Array {
    checkInputs(this.spec, inputs, 'the rows to predict');
    const width = outputCount(this.spec);
    const predictions = new Float32Array(inputs.rows * width);
    this.#inChunks(inputs, undefined, chunk, (start, end) => {
      walk(this.#plan.results, end - start, 0);
      let column = 0;
      for (const { results, neurons } of this.#layout.heads) {
        for (let i = 0; i < end - start; i++) {
          const from = results / 4 + placeOf(i, neurons);
          const to = (start + i) * width + column;
          for (let o = 0; o < neurons; o++) predictions[to + o] = this.#floats[from + o * BLOCK]!;
        }
        column += neurons;
      }
    });
    return predictions;
  }

  /** Part by part: what a part needs stays in the processor's caches, and memory does not grow with batches. */
  #differentiate(data: TrainingSet, rows: Uint32Array, random: Random | undefined): void {
    if (rows.length !== this.batchSize)
      throw new RangeError(`A step takes a batch of ${this.batchSize} rows, not ${rows.length}.`);
    this.#batch.drawGains(random);
    for (let start = 0; start < rows.length; start += this.#capacity) {
      const end = Math.min(rows.length, start + this.#capacity);
      this.#batch.writeInputs(data, rows, start, end);
      this.#batch.writeTargets(data, rows, start, end);
      this.#batch.writeGains(start);
      walk(this.#plan.forward, end - start, 0);
      walk(this.#plan.backward, end - start, start === 0 ? 0 : 1);
    }
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
      this.#batch.writeInputs(inputs, rows, start, end);
      walk(this.#plan.predict, end - start, 0);
      use(start, end);
    }
  }

  #prune(): void {
    if (!this.#isMasked) return;
    const { padded, parameters, first, second, kept } = this.#layout;
    for (const vector of [parameters, first, second]) this.#kernels.keep(padded, vector, kept);
  }

  #scatter(flat: Float32Array, address: number): void {
    const { numbers } = this.#layout;
    for (let i = 0; i < flat.length; i++) this.#floats[address / 4 + numbers[i]!] = flat[i]!;
  }

  #gather(address: number): Float32Array {
    const { numbers } = this.#layout;
    const flat = new Float32Array(numbers.length);
    for (let i = 0; i < flat.length; i++) flat[i] = this.#floats[address / 4 + numbers[i]!]!;
    return flat;
  }

  #statistics(): Float32Array {
    const { statistics } = this.#layout;
    const all = this.#graph.statistics.flatMap(({ shape }, i) => {
      const start = statistics[i]! / 4;
      return [...this.#floats.subarray(start, start + shape[0]!)];
    });
    return Float32Array.from(all);
  }

  #writeStatistics(flat: Float32Array): void {
    let offset = 0;
    for (const [i, { shape }] of this.#graph.statistics.entries()) {
      const end = offset + shape[0]!;
      this.#floats.set(flat.subarray(offset, end), this.#layout.statistics[i]! / 4);
      offset = end;
    }
  }
}

/** Blocks that go through the network at a time: enough to make calls cheap, few enough for the processor's caches. */
const BLOCKS = 8;

function blocksOf(rows: number): number {
  return Math.ceil(rows / BLOCK);
}

/** The index of a row's first number in an array [blocks][features][32]. */
function placeOf(row: number, features: number): number {
  return (row >>> 5) * features * BLOCK + (row & 31);
}

function walk(calls: readonly Call[], rows: number, add: number): void {
  const blocks = blocksOf(rows);
  for (let i = 0; i < calls.length; i++) calls[i]!(blocks, add, rows);
}
