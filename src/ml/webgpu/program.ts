/**
 * Sequences of calls that are ready to run on a device: their kernels compiled, their numbers and buffers in place. A
 * program has a place for some networks at once; a run of a sequence takes as many of them as are wanted.
 */
import { storage, uniform } from './buffers.ts';
import { BINDING, type Call, CALL_BYTES, callBytes, type Kernel, SETTINGS } from './kernel.ts';
import type { ArenaLayout, StateLayout } from './layout.ts';
import type { Lists } from './lists.ts';

/** What a program has to know of where numbers are. */
export interface Layout {
  readonly arena: Pick<ArenaLayout, 'rows' | 'arenaRows' | 'feedSize'>;
  readonly state: Pick<StateLayout, 'size'>;
  readonly lists: Lists;
}

/** What the networks of a group have, which its programs share. */
export interface SharedBuffers {
  readonly state: GPUBuffer;
  /** The slot of the network at each position, and then positions in the order in which `gather` takes them. */
  readonly slots: GPUBuffer;
  /** How many networks there are at most. */
  readonly members: number;
}

interface Ready {
  readonly pipeline: GPUComputePipeline;
  /** Where the call's numbers are. */
  readonly offset: number;
  readonly groups: readonly [number, number];
}

export type Sequence = readonly Ready[];

/** Several calls in a row, for the first so many positions, with a data set bound if they read one. */
export interface Run {
  readonly sequence: Sequence;
  readonly positions: number;
  readonly records?: GPUBuffer;
}

export class Program<Name extends string> {
  readonly sequences: Readonly<Record<Name, Sequence>>;
  readonly feed: GPUBuffer;
  readonly settings: GPUBuffer;
  readonly arena: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #own: readonly GPUBuffer[];
  readonly #buffers: readonly GPUBuffer[];
  readonly #groups = new WeakMap<GPUBuffer, GPUBindGroup>();

  /** @param positions for how many networks at once there is a place */
  constructor(
    device: GPUDevice,
    { arena, state, lists }: Layout,
    shared: SharedBuffers,
    positions: number,
    calls: Readonly<Record<Name, readonly Call[]>>,
  ) {
    this.#device = device;
    const { rows, arenaRows, feedSize } = arena;
    const common = { rows, arenaRows, feedSize, stateSize: state.size, members: shared.members };
    const sequences = Object.entries<readonly Call[]>(calls);
    const bytes = new Uint8Array(sequences.flatMap(([, part]) => part).length * CALL_BYTES);
    let offset = 0;
    const ready = (one: Call): Ready => {
      bytes.set(new Uint8Array(callBytes(one, common)), offset);
      offset += CALL_BYTES;
      return { pipeline: pipelineOf(device, one.kernel), offset: offset - CALL_BYTES, groups: one.groups };
    };
    this.sequences = Object.fromEntries(
      sequences.map(([name, part]) => [name, part.map(ready)]),
    ) as unknown as Readonly<Record<Name, Sequence>>;
    const all = lists.all();
    const listed = storage(device, 'lists', all.length);
    device.queue.writeBuffer(listed, 0, all);
    this.arena = storage(device, 'batch', positions * arenaRows * rows);
    this.feed = storage(device, 'feed', positions * feedSize);
    this.settings = storage(device, 'settings', positions * SETTINGS);
    const numbers = uniform(device, 'calls', bytes.buffer);
    this.#own = [numbers, listed, this.arena, this.feed, this.settings];
    // In the order of BINDING.
    this.#buffers = [numbers, listed, shared.slots, this.arena, shared.state, this.feed, this.settings];
  }

  /** Puts runs into a command, one after another. */
  encode(encoder: GPUCommandEncoder, runs: readonly Run[]): void {
    const pass = encoder.beginComputePass();
    for (const { sequence, positions, records } of runs) {
      const group = this.#groupWith(records ?? this.settings);
      for (const { pipeline, offset, groups } of sequence) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, [offset]);
        pass.dispatchWorkgroups(groups[0], groups[1], positions);
      }
    }
    pass.end();
  }

  dispose(): void {
    for (const buffer of this.#own) buffer.destroy();
  }

  #groupWith(records: GPUBuffer): GPUBindGroup {
    const known = this.#groups.get(records);
    if (known !== undefined) return known;
    const group = this.#device.createBindGroup({
      layout: layoutOf(this.#device).calls,
      entries: [...this.#buffers, records].map((buffer, binding) => ({
        binding,
        resource: binding === BINDING.call ? { buffer, size: CALL_BYTES } : { buffer },
      })),
    });
    this.#groups.set(records, group);
    return group;
  }
}

interface Layouts {
  readonly calls: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
  readonly pipelines: Map<Kernel, GPUComputePipeline>;
}

const layouts = new WeakMap<GPUDevice, Layouts>();

/** GPUShaderStage.COMPUTE, which is a global only in browsers. */
const COMPUTE = 4;

function layoutOf(device: GPUDevice): Layouts {
  const known = layouts.get(device);
  if (known !== undefined) return known;
  const written: readonly number[] = [BINDING.arena, BINDING.state];
  const calls = device.createBindGroupLayout({
    entries: Object.values(BINDING).map((binding) => ({
      binding,
      visibility: COMPUTE,
      buffer:
        binding === BINDING.call
          ? { type: 'uniform', hasDynamicOffset: true, minBindingSize: CALL_BYTES }
          : { type: written.includes(binding) ? 'storage' : 'read-only-storage' },
    })),
  });
  const made = { calls, pipeline: device.createPipelineLayout({ bindGroupLayouts: [calls] }), pipelines: new Map() };
  layouts.set(device, made);
  return made;
}

/** Compiled once for each device. */
function pipelineOf(device: GPUDevice, kernel: Kernel): GPUComputePipeline {
  const { pipeline: layout, pipelines } = layoutOf(device);
  const known = pipelines.get(kernel);
  if (known !== undefined) return known;
  const module = device.createShaderModule({ label: kernel.name, code: kernel.source });
  const made = device.createComputePipeline({ label: kernel.name, layout, compute: { module, entryPoint: 'main' } });
  pipelines.set(kernel, made);
  return made;
}
