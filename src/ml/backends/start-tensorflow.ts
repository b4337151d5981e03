/** The common part of the backends of TensorFlow.js: their identity, and a start that refuses a silent fallback. */
import { BackendError } from '../../errors.ts';
import type { TensorFlow, TensorFlowBackend } from '../tensorflow/backend.ts';
import { usesGpu } from '../tensorflow/native.ts';
import type { BackendFiles } from './backend-entry.ts';

/** The identity of a backend: the versions of its package and of tfjs-core, and its binaries. */
export function tensorFlowFiles(
  name: string,
  { version, core, files }: { readonly version: string; readonly core: string; readonly files: readonly string[] },
): BackendFiles {
  return { version, versions: `${name}\ntfjs-core@${core}\n${name}@${version}\n`, files };
}

export interface TensorFlowStart {
  readonly name: string;
  readonly device: 'cpu' | 'gpu';
  readonly version: string;
  /** Its name in TensorFlow.js. */
  readonly key: string;
  readonly load: () => Promise<TensorFlow>;
}

/** @throws BackendError if it does not start, or TensorFlow.js chooses another backend or device */
export async function startTensorFlow({
  name,
  device,
  version,
  key,
  load,
}: TensorFlowStart): Promise<TensorFlowBackend> {
  const tf = await useTensorFlow(name, key, load);
  if (device === 'gpu' && !usesGpu(tf))
    throw new BackendError(
      `The backend ${name} found no GPU that it can compute on and would have taken the CPU instead; check that its CUDA libraries (for 4.22: CUDA 11.2 and cuDNN 8.1) are installed and support the GPU, or use --device cpu.`,
    );
  return { kind: 'tensorflow', name, version, device, tf };
}

/**
 * TensorFlow.js, computing on the backend that it calls `key`.
 *
 * @throws BackendError if it does not start, or TensorFlow.js chooses another backend
 */
export async function useTensorFlow(name: string, key: string, load: () => Promise<TensorFlow>): Promise<TensorFlow> {
  let tf: TensorFlow;
  try {
    tf = await load();
    tf.enableProdMode();
    await tf.setBackend(key);
    await tf.ready();
  } catch (cause) {
    throw new BackendError(`The backend ${name} does not start: ${messageOf(cause)}.`, { cause });
  }
  // TensorFlow.js falls back to another backend, a hundred times slower, without an error.
  if (tf.getBackend() !== key)
    throw new BackendError(
      `The backend ${name} does not start on this machine (TensorFlow.js took ${tf.getBackend() || 'none'} instead); choose another one.`,
    );
  return tf;
}

/** The first line: the message of a library loader often goes on for many. */
export function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String((cause as { message?: unknown }).message ?? cause);
  return message.split('\n', 1)[0]!.replace(/[.\s]+$/, '');
}
