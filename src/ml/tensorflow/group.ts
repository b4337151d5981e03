/**
 * A group of networks on TensorFlow.js, whose members take their steps together: see `Lockstep`. Their vectors are rows
 * of one matrix each. Bits may depend on how many members there are.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { drawGains, emptyGains, type Gains } from '../network/dropout.ts';
import type { NetworkGraph } from '../network/graph.ts';
import { graphOf } from '../network/graph-of.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { Lockstep, type PendingStep } from '../training/lockstep.ts';
import type { TrainerOptions } from '../training/trainer.ts';
import type { TensorFlow } from './backend.ts';
import { gradient, type GradientTensors } from './backward.ts';
import { uploadBatch, uploadGains } from './batch.ts';
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

/** One network of a group. */
export interface Member {
  readonly gains: readonly Gains[];
  /** Steps taken. */
  steps: number;
  isPruned: boolean;
}

export class TrainerGroup {
  readonly tf: TensorFlow;
  readonly spec: NetworkSpec;
  readonly graph: NetworkGraph;
  readonly options: TrainerOptions;
  /** Its members are in the order of the state's rows. */
  readonly lockstep: Lockstep<Member, PendingStep>;
  #state: GroupState;

  constructor(tf: TensorFlow, spec: NetworkSpec, options: TrainerOptions, count: number) {
    this.tf = tf;
    this.spec = spec;
    this.options = options;
    this.graph = graphOf(spec);
    const members = Array.from({ length: count }, () => ({
      gains: emptyGains(this.graph, options.batchSize),
      steps: 0,
      isPruned: false,
    }));
    this.lockstep = new Lockstep<Member, PendingStep>(members, (present, steps) => {
      this.#take(present, steps);
    });
    this.#state = emptyState(tf, this.graph, count);
  }

  /** A part of a member's state, [1, columns], if the group has it; whoever asks disposes of it. */
  row(member: Member, part: StatePart): Tensor2D | undefined {
    const matrix = this.#state[part];
    return matrix && rowOf(this.tf, matrix, this.#place(member));
  }

  /** @throws RangeError if steps of the member are not taken yet */
  write(member: Member, parts: Partial<Readonly<Record<StatePart, Float32Array>>>): void {
    this.lockstep.checkSettled(member);
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
    this.lockstep.checkSettled(member);
    member.isPruned = kept.includes(0);
    if (!this.lockstep.members.some(({ isPruned }) => isPruned)) {
      this.#replace({ ...this.#state, kept: undefined });
      return;
    }
    if (this.#state.kept === undefined)
      this.#replace({ ...this.#state, kept: this.tf.onesLike(this.#state.parameters) });
    this.write(member, { kept: Float32Array.from(kept) });
  }

  /** The gradient of one member, as [1, parameters]. Call it in a `tf.tidy`. */
  gradientOf(member: Member, step: Omit<PendingStep, 'settings'>): Tensor2D {
    const parameters = this.row(member, 'parameters')!;
    return this.#differentiate([member], [step], { parameters, statistics: this.row(member, 'statistics') }).gradient;
  }

  /** The others go on without it. */
  leave(member: Member): void {
    this.lockstep.leave(member, () => {
      const place = this.#place(member);
      const isLast = this.lockstep.members.length === 1;
      const left = STATE_PARTS.map((part) => {
        const matrix = this.#state[part];
        return [part, isLast || matrix === undefined ? undefined : withoutRow(this.tf, matrix, place)] as const;
      });
      this.#replace(Object.fromEntries(left) as unknown as GroupState);
    });
  }

  #place(member: Member): number {
    const place = this.lockstep.members.indexOf(member);
    if (place === -1) throw new Error('The trainer was disposed of.');
    return place;
  }

  #take(members: readonly Member[], steps: readonly PendingStep[]): void {
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
