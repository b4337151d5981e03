/**
 * A group of networks of one shape on a GPU, whose members take their steps together: see `Lockstep`. Each kernel runs
 * for all of them at once and computes each by itself, so that bits depend neither on how many there are nor on what
 * the others do.
 */
import { drawGains, emptyGains, type Gains } from '../network/dropout.ts';
import type { NetworkGraph } from '../network/graph.ts';
import { graphOf } from '../network/graph-of.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { Lockstep, type PendingStep } from '../training/lockstep.ts';
import type { StatePart } from '../training/member-trainer.ts';
import type { TrainerOptions } from '../training/trainer.ts';
import { backward } from './backward.ts';
import { gatherCalls } from './batch-places.ts';
import { read, storage } from './buffers.ts';
import { watchOf } from './device-watch.ts';
import { Evaluation } from './evaluation.ts';
import { forward, type Plan } from './forward.ts';
import { SETTINGS } from './kernel.ts';
import { layOutArena, layOutState, type StateLayout } from './layout.ts';
import { Lists } from './lists.ts';
import { optimiserCall, pruneCall, settingsOf } from './optimiser.ts';
import { Program, type Run } from './program.ts';
import { type Resident, Residents } from './residents.ts';

/** One network of a group. */
export interface Member {
  readonly slot: number;
  readonly gains: readonly Gains[];
  /** Steps taken. */
  steps: number;
  isPruned: boolean;
  /** The data set of its last step, which the next one is likely to have. */
  trained: Resident | undefined;
}

/** A step with its data set on the device. */
interface ReadyStep extends PendingStep {
  readonly resident: Resident;
}

/** Steps after which the device is asked when they are done; at most twice as many are under way. */
const AHEAD = 32;

type Sequences = 'gather' | 'forward' | 'backward' | 'optimise' | 'prune';

export class WebGpuGroup {
  readonly spec: NetworkSpec;
  readonly graph: NetworkGraph;
  readonly options: TrainerOptions;
  readonly device: GPUDevice;
  readonly lockstep: Lockstep<Member, ReadyStep>;
  readonly evaluation: Evaluation;
  readonly #layout: StateLayout;
  readonly #feedSize: number;
  readonly #residents: Residents;
  readonly #program: Program<Sequences>;
  readonly #state: GPUBuffer;
  readonly #slots: GPUBuffer;
  /** What `gradient` must not change. */
  readonly #statistics: GPUBuffer;
  readonly #count: number;
  /** When the device has done all but the last steps: it takes them much faster than it executes them. */
  caughtUp: Promise<void> = Promise.resolve();
  /** When it has done those of the last time that this was asked. */
  #done: Promise<void> = Promise.resolve();
  #submitted = 0;
  /** What `slots` holds. */
  #slotsNow = '';

  constructor(device: GPUDevice, spec: NetworkSpec, options: TrainerOptions, count: number) {
    this.device = device;
    this.spec = spec;
    this.options = options;
    this.graph = graphOf(spec);
    checkCodes(spec);
    watchOf(device).check();
    this.#count = count;
    this.#layout = layOutState(this.graph);
    const arena = layOutArena(this.graph, spec.embeddings.length, options.batchSize, true);
    this.#feedSize = arena.feedSize;
    this.#state = storage(device, 'state', count * this.#layout.size);
    this.#slots = storage(device, 'slots', 2 * count);
    this.#statistics = storage(device, 'statistics', this.#layout.size - this.#layout.statistics);
    this.#residents = new Residents(device, spec, this.graph);
    const plan: Plan = { graph: this.graph, arena, state: this.#layout, lists: new Lists() };
    const shared = { state: this.#state, slots: this.#slots, members: count };
    const gather = gatherCalls(plan, count).batches;
    this.#program = new Program<Sequences>(device, plan, shared, count, {
      gather,
      forward: forward(plan),
      backward: backward(plan),
      optimise: [optimiserCall(this.#layout, options)],
      prune: [pruneCall(this.#layout)],
    });
    const members = Array.from({ length: count }, (_, slot) => ({
      slot,
      gains: emptyGains(this.graph, options.batchSize),
      steps: 0,
      isPruned: false,
      trained: undefined,
    }));
    const all = new Float32Array(this.#layout.parameters).fill(1);
    for (const { slot } of members) this.#write(slot, this.#layout.kept, all);
    this.evaluation = new Evaluation(device, spec, this.graph, this.#layout, this.#state, this.#residents);
    this.lockstep = new Lockstep<Member, ReadyStep>(members, (present, steps) => {
      this.#take(present, steps);
    });
  }

  /** Takes the step as soon as every member has one. @throws DeviceError */
  step(member: Member, step: PendingStep): void {
    watchOf(this.device).check();
    // Now, for the caller may change its data when its steps are taken, and others may take theirs before.
    const resident = this.#residents.acquire(step.data);
    try {
      this.lockstep.push(member, { ...step, resident });
    } catch (error) {
      this.#residents.release(resident);
      throw error;
    }
  }

  /** A part of a member's state. */
  async read(member: Member, part: StatePart): Promise<Float32Array> {
    const [start, count] = this.#span(part);
    return read(this.device, this.#state, member.slot * this.#layout.size + start, count);
  }

  /** @throws RangeError if steps of the member are not taken yet */
  write(member: Member, parts: Readonly<Partial<Record<StatePart, Float32Array>>>): void {
    this.lockstep.checkSettled(member);
    for (const [part, values] of Object.entries(parts))
      this.#write(member.slot, this.#span(part as StatePart)[0], values);
    this.#prune(member);
  }

  /** @param kept 1 or 0 for each parameter. @throws RangeError as `write` */
  mask(member: Member, kept: Uint8Array): void {
    this.lockstep.checkSettled(member);
    member.isPruned = kept.includes(0);
    this.#write(member.slot, this.#layout.kept, Float32Array.from(kept));
    this.#prune(member);
  }

  /** The gradient of one member, which changes nothing else. */
  async gradientOf(member: Member, step: Omit<PendingStep, 'settings'>): Promise<Float32Array> {
    const resident = this.#residents.acquire(step.data);
    const { size, gradient, statistics, parameters } = this.#layout;
    const start = member.slot * size;
    try {
      const encoder = this.device.createCommandEncoder();
      const bytes = 4 * (size - statistics);
      if (bytes > 0) encoder.copyBufferToBuffer(this.#state, 4 * (start + statistics), this.#statistics, 0, bytes);
      this.#program.encode(encoder, this.#differentiate([member], [{ ...step, resident }]));
      if (bytes > 0) encoder.copyBufferToBuffer(this.#statistics, 0, this.#state, 4 * (start + statistics), bytes);
      this.device.queue.submit([encoder.finish()]);
      return await read(this.device, this.#state, start + gradient, parameters);
    } finally {
      this.#residents.release(resident);
    }
  }

  /** The others go on without it. */
  leave(member: Member): void {
    this.lockstep.leave(member, (dropped) => {
      const held = [member.trained, ...dropped.map(({ resident }) => resident)];
      for (const resident of held) if (resident !== undefined) this.#residents.release(resident);
      this.evaluation.release(member.slot);
      if (this.lockstep.members.length > 1) return;
      this.#program.dispose();
      this.evaluation.dispose();
      for (const buffer of [this.#state, this.#slots, this.#statistics]) buffer.destroy();
    });
  }

  #take(members: readonly Member[], steps: readonly ReadyStep[]): void {
    watchOf(this.device).check();
    const settings = new Float32Array(members.length * SETTINGS);
    for (const [m, member] of members.entries())
      settings.set(settingsOf(steps[m]!.settings, member.steps + 1, this.options), m * SETTINGS);
    this.device.queue.writeBuffer(this.#program.settings, 0, settings);
    const runs = this.#differentiate(members, steps);
    const encoder = this.device.createCommandEncoder();
    const { optimise } = this.#program.sequences;
    this.#program.encode(encoder, [...runs, { sequence: optimise, positions: members.length }]);
    this.device.queue.submit([encoder.finish()]);
    for (const [m, member] of members.entries()) {
      if (member.trained !== undefined) this.#residents.release(member.trained);
      member.trained = steps[m]!.resident;
      member.steps++;
    }
    if (++this.#submitted % AHEAD === 0) {
      this.caughtUp = this.#done;
      this.#done = this.device.queue.onSubmittedWorkDone();
    }
  }

  /** Puts the batches of these members in place. Gives what computes their gradients. */
  #differentiate(
    members: readonly Member[],
    steps: readonly (Omit<PendingStep, 'settings'> & { readonly resident: Resident })[],
  ): readonly Run[] {
    const feed = new Uint32Array(members.length * this.#feedSize);
    for (const [m, { gains }] of members.entries()) {
      const { rows, random } = steps[m]!;
      drawGains(gains, random);
      let at = m * this.#feedSize;
      feed.set(rows, at);
      at += rows.length;
      for (const { gains: drawn } of gains) {
        feed.set(new Uint32Array(drawn.buffer, drawn.byteOffset, drawn.length), at);
        at += drawn.length;
      }
    }
    this.device.queue.writeBuffer(this.#program.feed, 0, feed);
    const byData = new Map<Resident, number[]>();
    for (const [m, { resident }] of steps.entries()) byData.set(resident, [...(byData.get(resident) ?? []), m]);
    this.#writeSlots(members, [...byData.values()].flat());
    const { gather, forward: there, backward: back } = this.#program.sequences;
    let first = 0;
    const gathers = [...byData].map(([{ records }, { length: positions }]): Run => {
      const run = { sequence: [gather[first]!], positions, records };
      first += positions;
      return run;
    });
    return [...gathers, { sequence: [...there, ...back], positions: members.length }];
  }

  #prune(member: Member): void {
    if (!member.isPruned) return;
    this.#writeSlots([member], [0]);
    const encoder = this.device.createCommandEncoder();
    this.#program.encode(encoder, [{ sequence: this.#program.sequences.prune, positions: 1 }]);
    this.device.queue.submit([encoder.finish()]);
  }

  /** Which member is at each position, and in which order `gather` takes the positions. */
  #writeSlots(members: readonly Member[], order: readonly number[]): void {
    const slots = new Uint32Array(2 * this.#count);
    slots.set(members.map(({ slot }) => slot));
    slots.set(order, this.#count);
    if (slots.join() === this.#slotsNow) return;
    this.#slotsNow = slots.join();
    this.device.queue.writeBuffer(this.#slots, 0, slots);
  }

  #write(slot: number, start: number, values: Float32Array): void {
    this.device.queue.writeBuffer(this.#state, 4 * (slot * this.#layout.size + start), Float32Array.from(values));
  }

  #span(part: StatePart): readonly [number, number] {
    const { parameters, first, second, statistics, size } = this.#layout;
    switch (part) {
      case 'parameters':
        return [0, parameters];
      case 'first':
        return [first, parameters];
      case 'second':
        return [second, parameters];
      case 'statistics':
        return [statistics, size - statistics];
    }
  }
}

/** Codes are numbers of 32 bits with a fraction of 24 in the arena. */
function checkCodes({ embeddings }: NetworkSpec): void {
  const column = embeddings.findIndex(({ cardinality }) => cardinality > 2 ** 24);
  if (column !== -1)
    throw new RangeError(
      `Embedding ${column} has ${embeddings[column]!.cardinality} categories; a GPU trainer takes up to ${2 ** 24}.`,
    );
}
