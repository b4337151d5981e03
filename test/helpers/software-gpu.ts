/**
 * A GPU for tests: SwiftShader, which computes on the processor and comes with Debian's Chromium. `RESTAGE_TESTED_GPU=real`, as
 * `npm run check:gpu` sets it, takes the machine's own.
 */
import { existsSync } from 'node:fs';
import { create } from 'webgpu';
import type { WebGpuBackend } from '../../src/ml/webgpu/backend.ts';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Whether tests take the machine's own GPU. */
const isReal = process.env['RESTAGE_TESTED_GPU'] === 'real';

export const hasTestedGpu = isReal || existsSync(DRIVER);

export const NO_GPU = `no software GPU to test with (${DRIVER}); get it with: apt-get install chromium`;

/** Node ends when nothing refers to it any more, and devices with it. */
let gpu: GPU | undefined;

/** A device of its own, on which kernels run. */
export async function testedDevice(): Promise<GPUDevice> {
  // Dawn asks the Vulkan loader, which reads it.
  if (!isReal) process.env['VK_ICD_FILENAMES'] = DRIVER;
  gpu ??= create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('There is no adapter.');
  return adapter.requestDevice();
}

let shared: Promise<GPUDevice> | undefined;

/** A backend on one device for all tests of this process, so that each kernel is compiled once. */
export async function testedWebGpu(): Promise<WebGpuBackend> {
  shared ??= testedDevice();
  const tf = await import('@tensorflow/tfjs-core');
  return { kind: 'webgpu', name: 'tfjs-webgpu', version: '0', device: 'gpu', gpu: await shared, tf };
}
