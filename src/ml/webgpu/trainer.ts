/** Networks on a GPU for trainers: each a member of a group. */
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { PendingStep } from '../training/lockstep.ts';
import { MemberTrainer, type NetworkMember, type StatePart } from '../training/member-trainer.ts';
import type { Trainer, TrainerOptions } from '../training/trainer.ts';
import { type Member, WebGpuGroup } from './group.ts';

/** Trainers of networks of one shape, which take their steps together. */
export function webGpuTrainers(
  device: GPUDevice,
  spec: NetworkSpec,
  options: TrainerOptions,
  count: number,
): readonly Trainer[] {
  const group = new WebGpuGroup(device, spec, options, count);
  return group.lockstep.members.map((member) => new MemberTrainer(new WebGpuMember(group, member), spec, options));
}

class WebGpuMember implements NetworkMember {
  readonly #group: WebGpuGroup;
  readonly #member: Member;

  constructor(group: WebGpuGroup, member: Member) {
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
    this.#group.step(this.#member, step);
  }

  caughtUp(): Promise<void> {
    return this.#group.caughtUp;
  }

  read(part: StatePart): Promise<Float32Array> {
    return this.#group.read(this.#member, part);
  }

  write(parts: Readonly<Partial<Record<StatePart, Float32Array>>>): void {
    this.#group.write(this.#member, parts);
  }

  mask(kept: Uint8Array): void {
    this.#group.mask(this.#member, kept);
  }

  gradient(step: Omit<PendingStep, 'settings'>): Promise<Float32Array> {
    return this.#group.gradientOf(this.#member, step);
  }

  loss(data: TrainingSet, rows: Uint32Array | undefined): Promise<number> {
    return this.#group.evaluation.loss(this.#member.slot, data, rows);
  }

  predict(inputs: NetworkInputs, batchRows: number | undefined): Promise<Float32Array> {
    return this.#group.evaluation.predict(this.#member.slot, inputs, batchRows);
  }

  dispose(): void {
    this.#group.leave(this.#member);
  }
}
