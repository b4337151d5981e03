/**
 * The backend `tfjs-webgpu`: GPUs of all makers through WebGPU. Its device is made here, so that TensorFlow.js and
 * kernels of restage's own compute on the same one.
 */
import { createRequire } from 'node:module';
import { env } from 'node:process';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { BackendError, isRestageError } from '../../errors.ts';
import type { TensorFlow } from '../tensorflow/backend.ts';
import type { WebGpuBackend } from '../webgpu/backend.ts';
import type { BackendEntry } from './backend-entry.ts';
import { ADAPTER_VARIABLE, loadDawn, type OpenedDevice, openDevice } from './dawn.ts';
import { messageOf, tensorFlowFiles, useTensorFlow } from './start-tensorflow.ts';
import { findWebGpu, type WebGpuPackages } from './webgpu-packages.ts';

const NAME = 'tfjs-webgpu';
/** Its name in TensorFlow.js. */
const KEY = 'webgpu';

/** What the package exports: TensorFlow.js's backend on a device. */
interface BackendModule {
  readonly WebGPUBackend: new (device: GPUDevice, info: GPUAdapterInfo) => KernelBackend;
}

/** A device is of no use once what made it is collected. */
const makers = new WeakMap<GPUDevice, GPU>();

export const tfjsWebGpu: BackendEntry<typeof NAME, WebGpuBackend> = {
  name: NAME,
  device: 'gpu',
  family: 'webgpu',
  sameBitsTogether: true,
  find: (projectRoot) => {
    const { dawn, backend, core } = findWebGpu(projectRoot);
    const found = tensorFlowFiles(NAME, { version: backend.version, core: core.version, files: [dawn.binary] });
    return { ...found, versions: `${found.versions}webgpu@${dawn.version}\n` };
  },
  start: async (projectRoot, failed) => {
    const packages = findWebGpu(projectRoot);
    let opened: OpenedDevice;
    let tf: TensorFlow;
    try {
      opened = await openDevice(await loadDawn(packages.dawn), env[ADAPTER_VARIABLE], failed);
      makers.set(opened.device, opened.gpu);
      tf = tensorFlowOn(opened, packages);
    } catch (cause) {
      if (isRestageError(cause)) throw cause;
      throw new BackendError(`The backend ${NAME} does not start: ${messageOf(cause)}.`, { cause });
    }
    await useTensorFlow(NAME, KEY, () => Promise.resolve(tf));
    const { version } = packages.backend;
    const { device: gpu, adapter, info } = opened;
    return { kind: 'webgpu', name: NAME, version, device: info.device, adapter, gpu, tf };
  },
};

/** The tfjs-core of the backend's package, with its backend on this device. */
function tensorFlowOn({ device, info, gpu }: OpenedDevice, { backend, core }: WebGpuPackages): TensorFlow {
  const require = createRequire(import.meta.url);
  const tf = require(core.directory) as TensorFlow;
  const { WebGPUBackend } = require(backend.directory) as BackendModule;
  // Small tensors, too, are computed on the device that was asked for.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  const made = withNavigator(gpu, () => new WebGPUBackend(device, info));
  tf.registerBackend(KEY, () => made);
  return tf;
}

/** The package makes a backend only where there is `navigator.gpu`, as in a browser, and does not use it then. */
function withNavigator<T>(gpu: GPU, make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  try {
    return make();
  } finally {
    if (before === undefined) delete (globalThis as { navigator?: unknown }).navigator;
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
