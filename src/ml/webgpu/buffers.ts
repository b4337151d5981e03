/** Buffers on a device: made, and read. */
import { DeviceError } from '../../errors.ts';
import { watchOf } from './device-watch.ts';

/**
 * Flags of WebGPU's specification (GPUBufferUsage, GPUMapMode, GPUShaderStage), whose objects are globals only in
 * browsers.
 */
const USAGE = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
const MAP_READ = 1;

/**
 * A storage buffer for so many numbers of four bytes, all 0. @throws DeviceError if the device takes no buffer so large
 */
export function storage(device: GPUDevice, label: string, numbers: number): GPUBuffer {
  const size = 4 * Math.max(1, numbers);
  const most = mostBytes(device);
  if (size > most)
    throw new DeviceError(
      'memory',
      `The ${label} of these networks takes ${mebibytes(size)} MiB on the GPU, which gives at most ${mebibytes(most)} at once; use fewer networks at once, smaller batches or less data.`,
    );
  return device.createBuffer({ label, size, usage: USAGE.storage | USAGE.copySource | USAGE.copyTarget });
}

/** The largest buffer that kernels can be given. */
export function mostBytes({ limits }: GPUDevice): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

export function uniform(device: GPUDevice, label: string, bytes: ArrayBuffer): GPUBuffer {
  const buffer = device.createBuffer({ label, size: bytes.byteLength, usage: USAGE.uniform | USAGE.copyTarget });
  device.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
}

/** A buffer that copies go to and that can be read here. */
export function readable(device: GPUDevice, numbers: number): GPUBuffer {
  return device.createBuffer({ label: 'results', size: 4 * numbers, usage: USAGE.mapRead | USAGE.copyTarget });
}

/** What is in it once all that was submitted is done; it can be copied to again afterwards. @throws DeviceError */
export async function contents(device: GPUDevice, buffer: GPUBuffer): Promise<Float32Array> {
  await watchOf(device).settled(buffer.mapAsync(MAP_READ));
  const values = new Float32Array(buffer.getMappedRange().slice(0));
  buffer.unmap();
  return values;
}

/** Numbers [start, start + count) of a buffer. */
export async function read(device: GPUDevice, from: GPUBuffer, start: number, count: number): Promise<Float32Array> {
  if (count === 0) return new Float32Array(0);
  const target = readable(device, count);
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(from, 4 * start, target, 0, 4 * count);
  device.queue.submit([encoder.finish()]);
  try {
    return await contents(device, target);
  } finally {
    target.destroy();
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
