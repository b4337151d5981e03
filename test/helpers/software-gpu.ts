/**
 * Devices for tests: of the software adapter, or with `RESTAGE_TESTED_GPU=real`, as `npm run check:gpu` sets it, of the
 * machine's own GPU.
 */
import { type Adapter } from '../../src/ml/backends/adapter.ts';
import { openBackend } from '../../src/ml/backends/backends.ts';
import { ADAPTER_VARIABLE, type Dawn, listAdapters, loadDawn, openDevice } from '../../src/ml/backends/dawn.ts';
import { findWebGpu } from '../../src/ml/backends/webgpu-packages.ts';
import type { WebGpuBackend } from '../../src/ml/webgpu/backend.ts';
import { NO_SOFTWARE_ADAPTER, softwareAdapter } from './software-adapter.ts';

const isReal = process.env['RESTAGE_TESTED_GPU'] === 'real';

export const hasTestedGpu = isReal || softwareAdapter !== undefined;

export const NO_GPU = NO_SOFTWARE_ADAPTER;

let found: Promise<{ readonly dawn: Dawn; readonly adapter: Adapter }> | undefined;

/** The adapter that tests use. */
export function testedAdapter(): Promise<{ readonly dawn: Dawn; readonly adapter: Adapter }> {
  found ??= findAdapter();
  return found;
}

async function findAdapter(): Promise<{ readonly dawn: Dawn; readonly adapter: Adapter }> {
  // The Vulkan loader reads it when Dawn asks.
  if (!isReal) Object.assign(process.env, softwareAdapter);
  const dawn = await loadDawn(findWebGpu(undefined).dawn);
  const adapters = await listAdapters(dawn);
  const adapter = adapters.find(({ isSoftware }) => isSoftware !== isReal);
  if (adapter === undefined)
    throw new Error(`WebGPU finds no ${isReal ? '' : 'software '}GPU here: ${JSON.stringify(adapters)}`);
  return { dawn, adapter };
}

/** Nothing else keeps what made the devices. */
const makers: GPU[] = [];

/** A device of its own. */
export async function testedDevice(): Promise<GPUDevice> {
  const { dawn, adapter } = await testedAdapter();
  const { device, gpu } = await openDevice(dawn, adapter.name, () => undefined);
  makers.push(gpu);
  return device;
}

let shared: Promise<WebGpuBackend> | undefined;

/** A backend on one device for all tests of this process, so that each kernel is compiled once. */
export function testedWebGpu(): Promise<WebGpuBackend> {
  shared ??= testedAdapter().then(({ adapter }) => {
    process.env[ADAPTER_VARIABLE] = adapter.name;
    return openBackend('tfjs-webgpu');
  });
  return shared;
}
