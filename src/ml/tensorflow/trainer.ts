/** Networks on TensorFlow.js for trainers: each a member of a group, of which it is often the only one. */
import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import { exp } from '../../core/numeric/elementary.ts';
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import type { GraphHead } from '../network/graph.ts';
import { outputCount } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { PendingStep } from '../training/lockstep.ts';
import { MemberTrainer, type NetworkMember, type StatePart } from '../training/member-trainer.ts';
import { rowLoss } from '../training/row-loss.ts';
import type { Trainer, TrainerOptions } from '../training/trainer.ts';
import type { TensorFlow } from './backend.ts';
import { uploadInputs } from './batch.ts';
import { type Member, TrainerGroup } from './group.ts';
import { floats } from './group-state.ts';
import { forward, lacksBatchedProducts } from './network.ts';

/**
 * Trainers of networks of one shape. Where the backend multiplies many matrices as fast as one, they take their steps
 * together.
 */
export function tensorFlowTrainers(
  tf: TensorFlow,
  spec: NetworkSpec,
  options: TrainerOptions,
  count: number,
): readonly Trainer[] {
  const together = (members: number): readonly Trainer[] => {
    const group = new TrainerGroup(tf, spec, options, members);
    return group.lockstep.members.map(
      (member) => new MemberTrainer(new TensorFlowMember(group, member), spec, options),
    );
  };
  return lacksBatchedProducts(tf) ? Array.from({ length: count }, () => together(1)).flat() : together(count);
}

class TensorFlowMember implements NetworkMember {
  readonly #tf: TensorFlow;
  readonly #group: TrainerGroup;
  readonly #member: Member;

  constructor(group: TrainerGroup, member: Member) {
    this.#tf = group.tf;
    this.#group = group;
    this.#member = member;
  }

  get steps(): number {
    return this.#member.steps;
  }

  set steps(steps: number) {
    this.#member.steps = steps;
  }

  settled(): Promise<void> {
    return this.#group.lockstep.settled(this.#member);
  }

  step(step: PendingStep): void {
    this.#group.lockstep.push(this.#member, step);
  }

  async read(part: StatePart): Promise<Float32Array> {
    const row = this.#group.row(this.#member, part);
    if (row === undefined) return new Float32Array(0);
    const values = await floats(row);
    row.dispose();
    return values;
  }

  write(parts: Readonly<Partial<Record<StatePart, Float32Array>>>): void {
    this.#group.write(this.#member, parts);
  }

  mask(kept: Uint8Array): void {
    this.#group.mask(this.#member, kept);
  }

  async gradient(step: Omit<PendingStep, 'settings'>): Promise<Float32Array> {
    const slope = this.#tf.tidy(() => this.#group.gradientOf(this.#member, step));
    const flat = await floats(slope);
    slope.dispose();
    return flat;
  }

  async loss(data: TrainingSet, rows: Uint32Array | undefined): Promise<number> {
    const chosen = rows ?? allRows(data.rows);
    const { targets: columns, heads } = this.#group.graph;
    let sum = 0;
    await this.#inChunks(data, chosen, CHUNK, (sums, stride, start, end) => {
      for (let i = start; i < end; i++) {
        const row = chosen[i]!;
        let loss = 0;
        let output = 0;
        for (const head of heads) {
          loss += rowLoss(head, sums, output * stride + i - start, stride, data.targets, row * columns);
          output += head.outputs;
        }
        sum += data.weights[row]! * loss;
      }
    });
    return sum / chosen.length;
  }

  async predict(inputs: NetworkInputs, batchRows = CHUNK): Promise<Float32Array> {
    const width = outputCount(this.#group.spec);
    const result = new Float32Array(inputs.rows * width);
    await this.#inChunks(inputs, allRows(inputs.rows), batchRows, (sums, stride, start, end) => {
      for (let i = start; i < end; i++) {
        let output = 0;
        for (const head of this.#group.graph.heads) {
          predictRow(head, sums, output * stride + i - start, stride, result, i * width + output);
          output += head.outputs;
        }
      }
    });
    return result;
  }

  dispose(): void {
    this.#group.leave(this.#member);
  }

  /** Takes the rows through the network; `use` gets the sums of all heads, [outputs, stride], of rows [start, end). */
  async #inChunks(
    inputs: NetworkInputs,
    rows: Uint32Array,
    batchRows: number,
    use: (sums: Float32Array, stride: number, start: number, end: number) => void,
  ): Promise<void> {
    const tf = this.#tf;
    const group = this.#group;
    // The order in which TensorFlow's products sum depends on the number of rows, so that number is always the same.
    const isNative = tf.getBackend() === 'tensorflow';
    const size = isNative ? CHUNK : batchRows;
    for (let start = 0; start < rows.length; start += size) {
      const chunk = rows.subarray(start, start + size);
      const fed = isNative ? filledUp(chunk, size) : chunk;
      const sums = tf.tidy(() => {
        const batch = uploadInputs(tf, group.spec, [{ data: inputs, rows: fed }]);
        const parameters = group.row(this.#member, 'parameters')!;
        const own = { parameters, statistics: group.row(this.#member, 'statistics') };
        const { heads } = forward(tf, group.graph, own, batch, undefined);
        return tf.concat<Tensor<Rank.R3>>(
          heads.map((head) => head.sums),
          1,
        );
      });
      use(await floats(sums), fed.length, start, start + chunk.length);
      sums.dispose();
    }
  }
}

/** The default number of rows that go through the network at a time: enough to keep it busy, few enough for caches. */
const CHUNK = 512;

/** The outputs of a head for a row whose first sum is at `start`, to `result` from `at` on. */
function predictRow(
  { kind, outputs }: GraphHead,
  sums: Float32Array,
  start: number,
  stride: number,
  result: Float32Array,
  at: number,
): void {
  const sum = (o: number): number => sums[start + o * stride]!;
  switch (kind) {
    case 'sigmoid':
      for (let o = 0; o < outputs; o++) result[at + o] = 1 / (1 + exp(-sum(o)));
      return;
    case 'softmax': {
      let largest = Number.NEGATIVE_INFINITY;
      for (let o = 0; o < outputs; o++) largest = Math.max(largest, sum(o));
      let total = 0;
      for (let o = 0; o < outputs; o++) total += exp(sum(o) - largest);
      for (let o = 0; o < outputs; o++) result[at + o] = exp(sum(o) - largest) / total;
      return;
    }
    case 'linear':
      for (let o = 0; o < outputs; o++) result[at + o] = sum(o);
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
