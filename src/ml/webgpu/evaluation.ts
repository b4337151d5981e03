/**
 * Networks of a group in use: losses and results of many rows, part after part. While the device computes one part, the
 * next one is on its way to it and the one before on its way back.
 */
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import type { NetworkGraph } from '../network/graph.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { gatherCalls } from './batch-places.ts';
import { contents, mostBytes, readable, storage } from './buffers.ts';
import { forward, losses, type Plan, results } from './forward.ts';
import { LOSS_ROWS } from './kernels/heads.ts';
import { type ArenaLayout, layOutArena, type StateLayout } from './layout.ts';
import { Lists } from './lists.ts';
import { Program } from './program.ts';
import { packRecords, recordColumns, type Resident, type Residents } from './residents.ts';

/** Rows of a part where nothing is in the way: enough to keep a GPU busy, few enough for its memory. */
const PART = 8192;

interface Prepared {
  readonly arena: ArenaLayout;
  readonly program: Program<'batch' | 'inputs' | 'forward' | 'losses' | 'results'>;
}

export class Evaluation {
  readonly #device: GPUDevice;
  readonly #spec: NetworkSpec;
  readonly #graph: NetworkGraph;
  readonly #layout: StateLayout;
  readonly #state: GPUBuffer;
  readonly #residents: Residents;
  readonly #slots: GPUBuffer;
  /** Rows of a part at most: as many as the device's buffers hold. */
  readonly #most: number;
  /** By rows of a part. */
  readonly #prepared = new Map<number, Prepared>();
  /** The set of the last loss of each slot: validation asks for the same one again and again. */
  readonly #evaluated = new Map<number, Resident>();
  #isDisposed = false;

  constructor(
    device: GPUDevice,
    spec: NetworkSpec,
    graph: NetworkGraph,
    layout: StateLayout,
    state: GPUBuffer,
    residents: Residents,
  ) {
    this.#device = device;
    this.#spec = spec;
    this.#graph = graph;
    this.#layout = layout;
    this.#state = state;
    this.#residents = residents;
    this.#slots = storage(device, 'slots', 2);
    const { arenaRows } = layOutArena(graph, spec.embeddings.length, LOSS_ROWS, false);
    let most = PART;
    while (most > LOSS_ROWS && 4 * most * arenaRows > mostBytes(device)) most /= 2;
    this.#most = most;
  }

  /** The mean loss of these rows: sums of 64 rows in float32, all of them in float64. */
  async loss(slot: number, data: TrainingSet, rows: Uint32Array | undefined): Promise<number> {
    const resident = this.#hold(slot, data);
    const count = rows?.length ?? data.rows;
    const { arena, program } = this.#preparedFor(count);
    const sums = arena.rows / LOSS_ROWS;
    const parts = Math.ceil(count / arena.rows);
    const target = readable(this.#device, parts * arena.heads.length * sums);
    const feed = new Uint32Array(arena.rows + 1);
    try {
      for (let part = 0; part < parts; part++) {
        const start = part * arena.rows;
        const end = Math.min(count, start + arena.rows);
        for (let i = start; i < end; i++) feed[i - start] = rows?.[i] ?? i;
        // Row 0 fills up the last part; it does not count.
        feed.fill(0, end - start, arena.rows);
        feed[arena.rows] = end - start;
        this.#submit(slot, program, feed, ['batch', 'forward', 'losses'], resident.records, (encoder) => {
          for (const [h, head] of arena.heads.entries()) {
            const to = 4 * (part * arena.heads.length + h) * sums;
            encoder.copyBufferToBuffer(program.arena, 4 * head.losses * arena.rows, target, to, 4 * sums);
          }
        });
      }
      const partial = await contents(this.#device, target);
      return partial.reduce((sum, part) => sum + part, 0) / count;
    } finally {
      target.destroy();
    }
  }

  /** The outputs of all heads for each row, [rows, outputs]. */
  async predict(slot: number, inputs: NetworkInputs, batchRows = PART): Promise<Float32Array> {
    const { arena, program } = this.#preparedFor(Math.min(batchRows, inputs.rows));
    const outputs = this.#graph.heads.reduce((sum, head) => sum + head.outputs, 0);
    const columns = recordColumns(this.#spec.continuous, this.#spec.embeddings.length, undefined);
    const lanes = [0, 1].map(() => ({
      records: storage(this.#device, 'inputs', arena.rows * columns),
      target: readable(this.#device, arena.rows * outputs),
    }));
    const predictions = new Float32Array(inputs.rows * outputs);
    const feed = Uint32Array.from({ length: arena.rows + 1 }, (_, i) => i);
    const pending: (() => Promise<void>)[] = [];
    try {
      for (let start = 0, part = 0; start < inputs.rows; start += arena.rows, part++) {
        const { records, target } = lanes[part % 2]!;
        if (pending.length === 2) await pending.shift()!();
        const end = Math.min(inputs.rows, start + arena.rows);
        this.#device.queue.writeBuffer(records, 0, packRecords(this.#spec, inputs, start, end, undefined));
        this.#submit(slot, program, feed, ['inputs', 'forward', 'results'], records, (encoder) => {
          let to = 0;
          for (const [h, { outputs: count }] of this.#graph.heads.entries()) {
            const from = 4 * arena.heads[h]!.results * arena.rows;
            encoder.copyBufferToBuffer(program.arena, from, target, to, 4 * count * arena.rows);
            to += 4 * count * arena.rows;
          }
        });
        const arrived = contents(this.#device, target);
        // Who waits for it may still be busy when it fails.
        arrived.catch(() => undefined);
        pending.push(async () => {
          const values = await arrived;
          for (let i = 0; i < end - start; i++)
            for (let o = 0; o < outputs; o++) predictions[(start + i) * outputs + o] = values[o * arena.rows + i]!;
        });
      }
      for (const finish of pending) await finish();
    } finally {
      for (const { records, target } of lanes) for (const buffer of [records, target]) buffer.destroy();
    }
    return predictions;
  }

  /** A network that has left needs its data no longer. */
  release(slot: number): void {
    const resident = this.#evaluated.get(slot);
    this.#evaluated.delete(slot);
    if (resident !== undefined) this.#residents.release(resident);
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const { program } of this.#prepared.values()) program.dispose();
    this.#slots.destroy();
  }

  #hold(slot: number, data: TrainingSet): Resident {
    const resident = this.#residents.acquire(data);
    this.release(slot);
    this.#evaluated.set(slot, resident);
    return resident;
  }

  #submit(
    slot: number,
    program: Prepared['program'],
    feed: Uint32Array<ArrayBuffer>,
    names: readonly (keyof Prepared['program']['sequences'])[],
    records: GPUBuffer,
    copy: (encoder: GPUCommandEncoder) => void,
  ): void {
    if (this.#isDisposed) throw new Error('The trainer was disposed of.');
    const { queue } = this.#device;
    queue.writeBuffer(this.#slots, 0, Uint32Array.of(slot, 0));
    queue.writeBuffer(program.feed, 0, feed);
    const encoder = this.#device.createCommandEncoder();
    program.encode(
      encoder,
      names.map((name) => ({ sequence: program.sequences[name], positions: 1, records })),
    );
    copy(encoder);
    queue.submit([encoder.finish()]);
  }

  /** For parts of a power of two of rows, so that there are few programs. */
  #preparedFor(rows: number): Prepared {
    let size = LOSS_ROWS;
    while (size < Math.min(this.#most, rows)) size *= 2;
    const known = this.#prepared.get(size);
    if (known !== undefined) return known;
    const arena = layOutArena(this.#graph, this.#spec.embeddings.length, size, false);
    const plan: Plan = { graph: this.#graph, arena, state: this.#layout, lists: new Lists() };
    const { batches, inputs } = gatherCalls(plan, 1);
    const shared = { state: this.#state, slots: this.#slots, members: 1 };
    const program = new Program(this.#device, plan, shared, 1, {
      batch: batches,
      inputs: [inputs],
      forward: forward(plan),
      losses: losses(plan),
      results: results(plan),
    });
    const prepared = { arena, program };
    this.#prepared.set(size, prepared);
    return prepared;
  }
}
