/** Runs single kernels for two networks on random numbers, and compares what they give with formulas in float64. */
import { beforeEach, expect } from 'vitest';
import { contents, readable, storage } from '../../../src/ml/webgpu/buffers.ts';
import { type Call, SETTINGS } from '../../../src/ml/webgpu/kernel.ts';
import { Lists } from '../../../src/ml/webgpu/lists.ts';
import { Program } from '../../../src/ml/webgpu/program.ts';
import { hasTestedGpu, NO_GPU, testedWebGpu } from '../../helpers/software-gpu.ts';
import { streams } from '../samples.ts';

/** Two networks, of which the one at position 0 is in slot 1. */
const SLOTS = [1, 0] as const;

/** Rows of a batch, no multiple of what a workgroup does. */
export const ROWS = 70;
export const SIZES: LabSizes = { rows: ROWS, arenaRows: 40, stateSize: 300 };

export interface LabSizes {
  readonly rows: number;
  readonly arenaRows: number;
  readonly stateSize: number;
}

/** The numbers of two networks, before and after a call. */
export class Lab {
  readonly sizes: LabSizes;
  readonly lists = new Lists();
  readonly arena: Float32Array<ArrayBuffer>;
  readonly state: Float32Array<ArrayBuffer>;
  readonly settings: Float32Array<ArrayBuffer>;
  readonly feed: Uint32Array<ArrayBuffer>;
  readonly records: Float32Array<ArrayBuffer>;

  constructor(sizes: LabSizes, feedSize = 1, records = 1) {
    this.sizes = sizes;
    const random = streams(7)('lab');
    const draws = (count: number) => Float32Array.from({ length: count }, () => random.normal());
    this.arena = draws(2 * sizes.arenaRows * sizes.rows);
    this.state = draws(2 * sizes.stateSize);
    this.settings = draws(2 * SETTINGS);
    this.feed = new Uint32Array(2 * feedSize);
    this.records = draws(records);
  }

  place(position: number, row: number, r: number): number {
    return (position * this.sizes.arenaRows + row) * this.sizes.rows + r;
  }

  /** Where a number of the state of the network at a position is. */
  own(position: number, number: number): number {
    return SLOTS[position]! * this.sizes.stateSize + number;
  }

  /** Arena and state after the call. */
  async run(call: Call): Promise<{ readonly arena: Float32Array; readonly state: Float32Array }> {
    const { gpu: device } = await testedWebGpu();
    const { rows, arenaRows, stateSize } = this.sizes;
    const state = storage(device, 'state', this.state.length);
    const slots = storage(device, 'slots', 4);
    const records = storage(device, 'records', this.records.length);
    const layout = {
      arena: { rows, arenaRows, feedSize: this.feed.length / 2 },
      state: { size: stateSize },
      lists: this.lists,
    };
    const program = new Program(device, layout, { state, slots, members: 2 }, 2, { only: [call] });
    for (const [buffer, values] of [
      [state, this.state],
      [slots, Uint32Array.of(...SLOTS, 0, 1)],
      [records, this.records],
      [program.arena, this.arena],
      [program.feed, this.feed],
      [program.settings, this.settings],
    ] as const)
      device.queue.writeBuffer(buffer, 0, values);
    const [toArena, toState] = [readable(device, this.arena.length), readable(device, this.state.length)];
    const encoder = device.createCommandEncoder();
    program.encode(encoder, [{ sequence: program.sequences.only, positions: 2, records }]);
    encoder.copyBufferToBuffer(program.arena, 0, toArena, 0, this.arena.byteLength);
    encoder.copyBufferToBuffer(state, 0, toState, 0, this.state.byteLength);
    device.queue.submit([encoder.finish()]);
    const found = { arena: await contents(device, toArena), state: await contents(device, toState) };
    program.dispose();
    for (const buffer of [state, slots, records, toArena, toState]) buffer.destroy();
    return found;
  }
}

/** For each position and r, in turn. */
export function eachNumber(rows: number, use: (position: number, r: number) => void): void {
  for (let position = 0; position < 2; position++) for (let r = 0; r < rows; r++) use(position, r);
}

/**
 * Arena and state as they should be afterwards: what `change` does to copies in float64. Everything else is as before.
 *
 * @param size of the terms of sums that cancel: their rounding is relative to it
 */
export async function expectChange(
  lab: Lab,
  made: Call,
  change: (arena: Float64Array, state: Float64Array) => void,
  size = 1,
): Promise<void> {
  const [arena, state] = [Float64Array.from(lab.arena), Float64Array.from(lab.state)];
  change(arena, state);
  const found = await lab.run(made);
  for (const [what, exact, given] of [
    ['arena', arena, found.arena],
    ['state', state, found.state],
  ] as const) {
    const off = exact.findIndex((value, i) => !(Math.abs(value - given[i]!) <= 1e-6 * Math.max(size, Math.abs(value))));
    expect(off === -1 ? undefined : { what, at: off, exact: exact[off], found: given[off] }).toBeUndefined();
  }
}

export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
export const total = (count: number, of: (i: number) => number): number =>
  range(count).reduce((sum, i) => sum + of(i), 0);
export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** For each test of the file. */
export function skipWithoutGpu(): void {
  beforeEach(({ skip }) => skip(!hasTestedGpu, NO_GPU));
}
