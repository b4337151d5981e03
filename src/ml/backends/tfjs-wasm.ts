/** The backend `tfjs-wasm`: TensorFlow.js in WebAssembly with SIMD. */
import { join } from 'node:path';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';
import type { TensorFlow, TensorFlowBackend } from '../tensorflow/backend.ts';
import type { BackendEntry } from './backend-entry.ts';
import { loadOwn, ownPackage } from './backend-packages.ts';
import { startTensorFlow, tensorFlowFiles } from './start-tensorflow.ts';

const PACKAGE = '@tensorflow/tfjs-backend-wasm';

const find: BackendEntry['find'] = () => {
  const { version } = ownPackage(PACKAGE);
  return tensorFlowFiles('tfjs-wasm', {
    version,
    core: ownPackage('@tensorflow/tfjs-core').version,
    files: [binary()],
  });
};

export const tfjsWasm: BackendEntry<'tfjs-wasm', TensorFlowBackend> = {
  name: 'tfjs-wasm',
  device: 'cpu',
  find,
  start: (projectRoot) =>
    startTensorFlow({
      name: 'tfjs-wasm',
      device: 'cpu',
      version: find(projectRoot).version,
      key: 'wasm',
      load: async () => {
        const tf = loadOwn<TensorFlow>('@tensorflow/tfjs-core');
        const wasm = loadOwn<typeof Wasm>(PACKAGE);
        // Whichever binary it would choose, it gets the one whose digest is in the cache key.
        const simd = binary();
        wasm.setWasmPaths({
          'tfjs-backend-wasm.wasm': simd,
          'tfjs-backend-wasm-simd.wasm': simd,
          'tfjs-backend-wasm-threaded-simd.wasm': simd,
        });
        if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
          throw new Error('WebAssembly has no SIMD on this machine; use portable');
        return tf;
      },
    }),
};

function binary(): string {
  return join(ownPackage(PACKAGE).directory, 'dist/tfjs-backend-wasm-simd.wasm');
}
