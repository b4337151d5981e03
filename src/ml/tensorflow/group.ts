/**
 * Networks of one shape that take their steps together, as one program: each operation is done for all of them, so that a
 * step costs its operations once, however many there are.
 *
 * A member's step waits until every other member has one too, so members have to be trained at the same time; one that has
 * ended leaves. Which steps are taken together depends on their order in each member alone, and so do the bits.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Random } from '../../core/identity/random.ts';
import type { TrainingSet } from '../data/dataset.ts';
import { drawGains, emptyGains, type Gains } from '../network/dropout.ts';
import type { NetworkGraph } from '../network/graph.ts';
import { graphOf } from '../network/graph-of.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { TrainerOptions } from '../training/trainer.ts';
import type { TensorFlow } from './backend.ts';
import { gradient, type GradientTensors } from './backward.ts';
import { type MemberRows, uploadBatch, uploadGains } from './batch.ts';
import {
  emptyState,
  type GroupState,
  pruned,
  rowOf,
  STATE_PARTS,
  type StatePart,
  withoutRow,
  withRow,
} from './group-state.ts';
import type { NetworkTensors } from './network.ts';
import { optimise } from './optimiser.ts';

export interface PendingStep extends MemberRows<TrainingSet> {
  readonly settings: StepSettings;
  readonly random: Random | undefined;
}

/** One network of a group. */
export interface Member {
  readonly gains: readonly Gains[];
  readonly queue: PendingStep[];
  /** Steps taken. */
  steps: number;
  isPruned: boolean;
  /** Called when its queue is empty, or with why it will never be. */
  readonly waiting: { readonly resolve: () => void; readonly reject: (reason: unknown) => void }[];
}

export class TrainerGroup {
  readonly tf: TensorFlow;
  readonly spec: NetworkSpec;
  readonly graph: NetworkGraph;
  readonly options: TrainerOptions;
  /** Those that have not left, in the order of the state's rows. */
  readonly #members: Member[];
  #state: GroupState;
  #failure: { readonly reason: unknown } | undefined;

  constructor(tf: TensorFlow, spec: NetworkSpec, options: TrainerOptions, count: number) {
    this.tf = tf;
    this.spec = spec;
    this.options = options;
    this.graph = graphOf(spec);
    this.#members = Array.from({ length: count }, () => ({
      gains: emptyGains(this.graph, options.batchSize),
      queue: [],
      steps: 0,
      isPruned: false,
      waiting: [],
    }));
    this.#state = emptyState(tf, this.graph, count);
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Takes the step as soon as every member has one. @throws what went wrong in it */
  step(member: Member, step: PendingStep): void {
    this.#checkWhole();
    member.queue.push(step);
    this.#advance();
  }

  /** Waits until all steps of the member are taken. */
  async settled(member: Member): Promise<void> {
    this.#checkWhole();
    if (member.queue.length === 0) return;
    await new Promise<void>((resolve, reject) => member.waiting.push({ resolve, reject }));
  }

  /** A part of a member's state, [1, columns], if the group has it; whoever asks disposes of it. */
  row(member: Member, part: StatePart): Tensor2D | undefined {
    const matrix = this.#state[part];
    return matrix && rowOf(this.tf, matrix, this.#place(member));
  }

  /** @throws RangeError if steps of the member are not taken yet */
  write(member: Member, parts: Partial<Readonly<Record<StatePart, Float32Array>>>): void {
    this.checkSettled(member);
    const place = this.#place(member);
    const next = Object.entries(parts).map(([part, values]) => {
      const matrix = this.#state[part as StatePart]!;
      return [part, withRow(this.tf, matrix, place, values)] as const;
    });
    this.#replace({ ...this.#state, ...Object.fromEntries(next) });
    this.#replace(pruned(this.tf, this.#state));
  }

  /** @param kept 1 or 0 for each parameter. @throws RangeError as `write` */
  mask(member: Member, kept: Uint8Array): void {
    this.checkSettled(member);
    member.isPruned = kept.includes(0);
    if (!this.#members.some(({ isPruned }) => isPruned)) {
      this.#replace({ ...this.#state, kept: undefined });
      return;
    }
    if (this.#state.kept === undefined)
      this.#replace({ ...this.#state, kept: this.tf.onesLike(this.#state.parameters) });
    this.write(member, { kept: Float32Array.from(kept) });
  }

  checkSettled({ queue }: Member): void {
    if (queue.length > 0)
      throw new RangeError(
        'A trainer that is one of several takes its steps when the others do, and some of its steps are not taken yet; await weights() before you change it.',
      );
  }

  /** The gradient of one member, as [1, parameters]. Call it in a `tf.tidy`. */
  gradientOf(member: Member, step: Omit<PendingStep, 'settings'>): Tensor2D {
    const parameters = this.row(member, 'parameters')!;
    return this.#differentiate([member], [step], { parameters, statistics: this.row(member, 'statistics') }).gradient;
  }

  /** The others go on without it. */
  leave(member: Member): void {
    const place = this.#members.indexOf(member);
    if (place === -1) return;
    const gone = new Error('The trainer was disposed of before its steps were taken.');
    for (const { reject } of member.waiting.splice(0)) reject(gone);
    this.#members.splice(place, 1);
    const isLast = this.#members.length === 0;
    const left = STATE_PARTS.map((part) => {
      const matrix = this.#state[part];
      return [part, isLast || matrix === undefined ? undefined : withoutRow(this.tf, matrix, place)] as const;
    });
    this.#replace(Object.fromEntries(left) as unknown as GroupState);
    if (this.#failure === undefined) this.#advance();
  }

  #place(member: Member): number {
    const place = this.#members.indexOf(member);
    if (place === -1) throw new Error('The trainer was disposed of.');
    return place;
  }

  #checkWhole(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #advance(): void {
    const members = this.#members;
    try {
      while (members.length > 0 && members.every(({ queue }) => queue.length > 0)) {
        this.#take(members.map(({ queue }) => queue.shift()!));
        for (const { queue, waiting } of members)
          if (queue.length === 0) for (const { resolve } of waiting.splice(0)) resolve();
      }
    } catch (reason) {
      this.#failure = { reason };
      for (const { waiting } of members) for (const { reject } of waiting.splice(0)) reject(reason);
      throw reason;
    }
  }

  #take(steps: readonly PendingStep[]): void {
    const members = this.#members;
    const next = this.tf.tidy(() => {
      const { gradient: slope, statistics } = this.#differentiate(members, steps, this.#state);
      const taken = members.map(({ steps: before }, m) => ({ settings: steps[m]!.settings, step: before + 1 }));
      const moved = optimise(this.tf, this.#state, slope, this.#state.kept, taken, this.options);
      return { ...moved, ...(statistics === undefined ? {} : { statistics }) };
    });
    this.#replace({ ...this.#state, ...next });
    for (const member of members) member.steps++;
  }

  #differentiate(
    members: readonly Member[],
    steps: readonly Omit<PendingStep, 'settings'>[],
    tensors: NetworkTensors,
  ): GradientTensors {
    const { tf, graph } = this;
    for (const [m, { gains }] of members.entries()) drawGains(gains, steps[m]!.random);
    const batch = uploadBatch(tf, this.spec, graph, steps);
    const gains = members[0]!.gains.map((_, dropout) =>
      uploadGains(
        tf,
        members.map((member) => member.gains[dropout]!),
        this.options.batchSize,
      ),
    );
    return gradient(tf, graph, tensors, batch, { gains });
  }

  #replace(next: GroupState): void {
    const old = this.#state;
    this.#state = next;
    for (const part of STATE_PARTS) if (old[part] !== next[part]) old[part]?.dispose();
  }
}
