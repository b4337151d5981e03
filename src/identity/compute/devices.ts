/**
 * The GPUs of this machine, as backends see them: each has a name for people, and a slot by which a worker is told
 * which one it may use. NVIDIA's driver and WebGPU each have a list, with numbers of their own.
 */
import type { Adapter } from '../../ml/backends/adapter.ts';
import type { DeviceFamily } from '../../ml/backends/backend-entry.ts';

export interface Device {
  /**
   * `gpu:` and its number: for NVIDIA's list the one that nvidia-smi gives it, which is its position on the bus; for
   * WebGPU its place in Dawn's list. `software:` and its place for an adapter that computes on the CPU.
   */
  readonly id: string;
  /** Its model, such as `NVIDIA H200`. */
  readonly name: string;
  /** 0 if the driver does not say. */
  readonly memoryMiB: number;
  /** Version of its driver, which compiles kernels for it. */
  readonly driver: string;
  /** What Dawn says of it; absent in NVIDIA's list. */
  readonly adapter?: Adapter;
}

export interface Devices {
  readonly list: readonly Device[];
  /** Why there are no GPUs, as a clause; empty if there are any. */
  readonly absence: string;
}

/** Finds the devices of one list. It never throws: without a driver there are no devices. */
export type DeviceProbe = (family: DeviceFamily, projectRoot: string | undefined) => Promise<Devices>;

/** What a pool gives out, and a worker is started with. WebGPU takes an adapter by its name. */
export function slotOf({ id, adapter }: Device): string {
  return adapter === undefined ? id : `${id}=${adapter.name}`;
}

export function isSoftwareSlot(slot: string): boolean {
  return slot.startsWith('software:');
}

/** The name of the WebGPU adapter that a slot stands for; undefined for a slot of another list. */
export function adapterOf(slot: string): string | undefined {
  const at = slot.indexOf('=');
  return at < 0 ? undefined : slot.slice(at + 1);
}

/** The value of CUDA_VISIBLE_DEVICES with which, under CUDA_DEVICE_ORDER=PCI_BUS_ID, a process sees only these GPUs. */
export function cudaVisible(slots: readonly string[]): string {
  return slots
    .filter((slot) => adapterOf(slot) === undefined)
    .map((slot) => slot.slice(slot.indexOf(':') + 1))
    .join(',');
}
