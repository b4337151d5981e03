/** The backend `tfjs-cpu`: TensorFlow.js in plain JavaScript. */
import type * as Cpu from '@tensorflow/tfjs-backend-cpu';
import type { TensorFlow, TensorFlowBackend } from '../tensorflow/backend.ts';
import type { BackendEntry } from './backend-entry.ts';
import { loadOwn, ownPackage } from './backend-packages.ts';
import { startTensorFlow, tensorFlowFiles } from './start-tensorflow.ts';

const PACKAGE = '@tensorflow/tfjs-backend-cpu';

const find: BackendEntry['find'] = () => {
  const { version } = ownPackage(PACKAGE);
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
      load: () => {
        const tf = loadOwn<TensorFlow>('@tensorflow/tfjs-core');
        // It registers itself.
        loadOwn<typeof Cpu>(PACKAGE);
        return Promise.resolve(tf);
      },
    }),
};
