/**
 * WebGPU as a stage sees it: a device that was opened for it. Nothing here loads TensorFlow.js or WebGPU, so that a
 * stage which only passes its backend on contains neither; `ml/backends` opens one.
 */
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import type { AdapterFacts } from '../backends/adapter.ts';
import type { TensorFlow } from '../tensorflow/backend.ts';

export interface WebGpuBackend extends ComputeBackend {
  readonly kind: 'webgpu';
  /** The adapter that the device is of. */
  readonly adapter: AdapterFacts;
  /** Trainers have kernels of their own on it. */
  readonly gpu: GPUDevice;
  /** TensorFlow.js on the same device, for models that no trainer is for. */
  readonly tf: TensorFlow;
}

export function isWebGpu(backend: ComputeBackend): backend is WebGpuBackend {
  return 'kind' in backend && backend.kind === 'webgpu';
}
