/** Runs single kernels on random numbers, for comparison with the same in float64. */
import { contents, readable, storage } from '../../../src/ml/webgpu/buffers.ts';
import { type Call, SETTINGS } from '../../../src/ml/webgpu/kernel.ts';
import { Lists } from '../../../src/ml/webgpu/lists.ts';
import { Program } from '../../../src/ml/webgpu/program.ts';
import { streams } from '../samples.ts';

/** Two networks, of which the one at position 0 is in slot 1. */
const SLOTS = [1, 0] as const;

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
  async run(device: GPUDevice, call: Call): Promise<{ readonly arena: Float32Array; readonly state: Float32Array }> {
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
