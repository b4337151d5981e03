/** Writes a batch into the memory of a network: inputs, targets, weights, the gains of dropout. */
import type { Random } from '../../core/identity/random.ts';
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import { drawGains, emptyGains, type Gains } from '../network/dropout.ts';
import type { NetworkGraph } from '../network/graph.ts';
import { BLOCK, FEATURE_BYTES } from './kernels.ts';
import type { Layout } from './layout.ts';

/** Numbers of a cache line. */
const LINE = 16;

export class BatchWriter {
  readonly #graph: NetworkGraph;
  readonly #layout: Layout;
  readonly #floats: Float32Array;
  readonly #integers: Int32Array;
  /**
   * Where the continuous inputs of the first row start, the indices from one block to the next, and how many there are.
   */
  readonly #continuous: { readonly start: number; readonly block: number; readonly width: number };
  readonly #gains: readonly Gains[];
  /** The address of each of them. */
  readonly #gainPlaces: readonly number[];
  /** What was read ahead; kept, so that engines do not leave the reading out. */
  #fetched = 0;

  constructor(graph: NetworkGraph, layout: Layout, memory: ArrayBuffer, batchSize: number) {
    this.#graph = graph;
    this.#layout = layout;
    this.#floats = new Float32Array(memory);
    this.#integers = new Int32Array(memory);
    const index = graph.nodes.findIndex(({ op }) => op === 'continuous');
    const place = layout.places[index];
    this.#continuous =
      place === undefined
        ? { start: 0, block: 0, width: 0 }
        : {
            start: (place.region.values + place.first * FEATURE_BYTES) / 4,
            block: place.region.blockBytes / 4,
            width: place.width,
          };
    this.#gains = emptyGains(graph, batchSize);
    this.#gainPlaces = [...layout.layers.values()].flatMap(({ steps }) =>
      steps.filter(({ step }) => step.kind === 'dropout').map(({ kept }) => kept),
    );
    this.#writeOnes();
  }

  /** The inputs of rows[start, end), or of those rows themselves, feature by feature. */
  writeInputs({ continuous, codes }: NetworkInputs, rows: Uint32Array | undefined, start: number, end: number): void {
    const floats = this.#floats;
    const tables = this.#layout.codes;
    const { start: first, block, width } = this.#continuous;
    for (let i = 0; i < end - start; i++) {
      if ((i & 31) === 0) this.#fetch(continuous, rows, start + i, Math.min(end, start + i + BLOCK));
      const row = rows === undefined ? start + i : rows[start + i]!;
      const from = row * width;
      const to = first + (i >>> 5) * block + (i & 31);
      for (let j = 0; j < width; j++) floats[to + j * BLOCK] = continuous[from + j]!;
      for (let t = 0; t < tables.length; t++) this.#integers[tables[t]! / 4 + i] = codes[row * tables.length + t]!;
    }
  }

  /**
   * Reads a number of each cache line of these rows. Shuffled rows are far apart: read one after another, the processor
   * would wait for memory at each, and read like this it waits for many at once.
   */
  #fetch(continuous: ArrayLike<number>, rows: Uint32Array | undefined, start: number, end: number): void {
    const { width } = this.#continuous;
    if (rows === undefined || width === 0) return;
    let sum = 0;
    for (let i = start; i < end; i++) {
      const from = rows[i]! * width;
      for (let j = 0; j < width; j += LINE) sum += continuous[from + j]!;
      sum += continuous[from + width - 1]!;
    }
    this.#fetched = sum;
  }

  writeTargets({ targets, weights }: TrainingSet, rows: Uint32Array, start: number, end: number): void {
    const floats = this.#floats;
    const columns = this.#graph.targets;
    const blockEnd = Math.ceil((end - start) / BLOCK) * BLOCK;
    for (const { head, targets: y, weights: w } of this.#layout.heads) {
      for (let t = 0; t < head.targets; t++) {
        for (let i = 0; i < blockEnd; i++) {
          const to = ((i >>> 5) * head.targets + t) * BLOCK + (i & 31);
          // Rows that only fill up the last block have no weight.
          if (i >= end - start) {
            floats[w / 4 + to] = 0;
            continue;
          }
          const row = rows[start + i]!;
          floats[y / 4 + to] = targets[row * columns + head.target + t]!;
          floats[w / 4 + to] = (weights[row]! / rows.length) * head.factor;
        }
      }
    }
  }

  /** @throws RangeError if there is something to draw and nothing to draw it from */
  drawGains(random: Random | undefined): void {
    drawGains(this.#gains, random);
  }

  /** The gains of rows from `start` on, a whole number of blocks: as many as there is room for. */
  writeGains(start: number): void {
    for (const [i, { width, gains }] of this.#gains.entries()) {
      const part = gains.subarray(start * width, (start + this.#layout.blocks * BLOCK) * width);
      this.#floats.set(part, this.#gainPlaces[i]! / 4);
    }
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
}
