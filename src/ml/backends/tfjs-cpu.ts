/** The backend `tfjs-cpu`: TensorFlow.js in plain JavaScript. */
import type { TensorFlowBackend } from '../tensorflow/backend.ts';
import type { BackendEntry } from './backend-entry.ts';
import { ownPackage } from './backend-packages.ts';
import { startTensorFlow, tensorFlowFiles } from './start-tensorflow.ts';

const find: BackendEntry['find'] = () => {
  const { version } = ownPackage('@tensorflow/tfjs-backend-cpu');
  return tensorFlowFiles('tfjs-cpu', { version, core: ownPackage('@tensorflow/tfjs-core').version, files: [] });
};

export const tfjsCpu: BackendEntry<'tfjs-cpu', TensorFlowBackend> = {
  name: 'tfjs-cpu',
  device: 'cpu',
  find,
  start: (projectRoot) =>
    startTensorFlow({
      name: 'tfjs-cpu',
      device: 'cpu',
      version: find(projectRoot).version,
      key: 'cpu',
      load: async () => {
        const tf = await import('@tensorflow/tfjs-core');
        await import('@tensorflow/tfjs-backend-cpu');
        return tf;
      },
    }),
};
