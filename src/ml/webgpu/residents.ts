/**
 * Data sets that are on the device: each is copied once, however many networks use it, and goes when none does. A data
 * set is known by its object, so its values are those at its first use.
 */
import { DataError } from '../../errors.ts';
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import type { NetworkGraph } from '../network/graph.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { storage } from './buffers.ts';

/**
 * A data set on the device, row after row: continuous inputs, codes, and of a training set its targets and the row's
 * weight.
 */
export interface Resident {
  readonly data: TrainingSet;
  readonly records: GPUBuffer;
}

export class Residents {
  readonly #device: GPUDevice;
  readonly #spec: NetworkSpec;
  readonly #targets: number;
  readonly #present = new Map<TrainingSet, { readonly resident: Resident; users: number }>();

  constructor(device: GPUDevice, spec: NetworkSpec, { targets }: NetworkGraph) {
    this.#device = device;
    this.#spec = spec;
    this.#targets = targets;
  }

  /** Whoever acquires it releases it. @throws DeviceError */
  acquire(data: TrainingSet): Resident {
    const known = this.#present.get(data);
    if (known !== undefined) {
      known.users++;
      return known.resident;
    }
    const packed = packRecords(this.#spec, data, 0, data.rows, this.#targets);
    const records = storage(this.#device, 'data set', packed.length);
    this.#device.queue.writeBuffer(records, 0, packed);
    const resident = { data, records };
    this.#present.set(data, { resident, users: 1 });
    return resident;
  }

  release({ data, records }: Resident): void {
    const known = this.#present.get(data);
    if (known === undefined || --known.users > 0) return;
    this.#present.delete(data);
    // What was submitted still has it.
    records.destroy();
  }
}

/** Rows [start, end) as records, without targets and weights if `targets` is undefined. */
export function packRecords(
  { continuous: inputs, embeddings }: NetworkSpec,
  data: NetworkInputs,
  start: number,
  end: number,
  targets: number | undefined,
): Float32Array<ArrayBuffer> {
  const tables = embeddings.length;
  const columns = recordColumns(inputs, tables, targets);
  const packed = new Float32Array((end - start) * columns);
  const { continuous, codes } = data;
  let to = 0;
  for (let row = start; row < end; row++) {
    for (let j = 0; j < inputs; j++) packed[to++] = continuous[row * inputs + j]!;
    for (let t = 0; t < tables; t++) {
      const code = codes[row * tables + t]!;
      // The GPU would take another parameter for it.
      if (!(code >= 0 && code < embeddings[t]!.cardinality))
        throw new DataError(
          `Row ${row} has code ${code} as categorical input ${t}, which has the codes 0 to ${embeddings[t]!.cardinality - 1}.`,
        );
      packed[to++] = code;
    }
    if (targets === undefined) continue;
    const learned = data as TrainingSet;
    for (let t = 0; t < targets; t++) packed[to++] = learned.targets[row * targets + t]!;
    packed[to++] = learned.weights[row]!;
  }
  return packed;
}

/** How many numbers a record has. */
export function recordColumns(continuous: number, embeddings: number, targets: number | undefined): number {
  return continuous + embeddings + (targets === undefined ? 0 : targets + 1);
}
