/**
 * TensorFlow.js as a stage sees it: a backend that was opened for it. Nothing here loads TensorFlow.js, so that a stage
 * which only passes its backend on does not contain it; `ml/backends` opens one.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import { BackendError } from '../../errors.ts';

/** The namespace of @tensorflow/tfjs-core. */
export type TensorFlow = typeof tfjs;

export interface TensorFlowBackend extends ComputeBackend {
  readonly kind: 'tensorflow';
  readonly tf: TensorFlow;
}

/**
 * TensorFlow.js on the backend of a stage, for models that this package has no trainer for:
 *
 *     const tf = tensorflow(ctx.backend);
 *     const product = tf.tidy(() => tf.matMul(tf.tensor2d(a), tf.tensor2d(b)));
 *
 * Operations are functions of `tf`; methods such as `a.matMul(b)` and automatic gradients are not loaded on all of
 * them.
 *
 * @throws BackendError if the backend is not one of TensorFlow.js.
 */
export function tensorflow(backend: ComputeBackend): TensorFlow {
  if (isTensorFlow(backend) || hasTensorFlow(backend)) return backend.tf;
  throw new BackendError(
    `The backend ${backend.name} is not TensorFlow.js, which this stage computes with; run it with --backend tfjs-wasm, tfjs-node or tfjs-cpu.`,
  );
}

export function isTensorFlow(backend: ComputeBackend): backend is TensorFlowBackend {
  return 'kind' in backend && backend.kind === 'tensorflow';
}

/** A WebGPU backend has TensorFlow.js for stages, though its trainers do without. */
function hasTensorFlow(backend: ComputeBackend): backend is ComputeBackend & { readonly tf: TensorFlow } {
  return 'kind' in backend && backend.kind === 'webgpu';
}
