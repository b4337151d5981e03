/** The backends `tfjs-node` and `tfjs-node-gpu`: TensorFlow's own library, which users install in their project. */
import type { TensorFlowBackend } from '../tensorflow/backend.ts';
import { findNative, loadNative, type NativeName } from '../tensorflow/native.ts';
import type { BackendEntry } from './backend-entry.ts';
import { startTensorFlow, tensorFlowFiles } from './start-tensorflow.ts';

export const tfjsNode = native('tfjs-node', 'cpu');
export const tfjsNodeGpu = native('tfjs-node-gpu', 'gpu');

function native<Name extends NativeName>(name: Name, device: 'cpu' | 'gpu'): BackendEntry<Name, TensorFlowBackend> {
  return {
    name,
    device,
    ...(device === 'gpu' ? { family: 'nvidia' as const } : {}),
    find: (projectRoot) => tensorFlowFiles(name, findNative(name, projectRoot)),
    start: (projectRoot) => {
      const found = findNative(name, projectRoot);
      const load = () => Promise.resolve(loadNative(found));
      return startTensorFlow({ name, device, version: found.version, key: 'tensorflow', load });
    },
  };
}
