import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { describe, expect, test, vi } from 'vitest';
import { type Digest, sha256 } from '../../../src/core/identity/digest.ts';
import { BackendError } from '../../../src/errors.ts';
import { describeBackend, findBackend, openBackend } from '../../../src/ml/backends/backends.ts';
import { scalarMachine } from '../../../src/ml/portable/machine.ts';
import { tensorflow } from '../../../src/ml/tensorflow/backend.ts';
import { includedBackends } from './tested-backends.ts';

describe('a backend', () => {
  test.each(['tfjs-cpu', 'tfjs-wasm'] as const)('%s is the one that computes once it is opened', async (name) => {
    const backend = await openBackend(name);
    const tf = tensorflow(backend);
    expect(backend).toMatchObject({ name, version: '4.22.0', device: 'cpu', kind: 'tensorflow' });
    expect(tf.getBackend()).toBe(name.slice('tfjs-'.length));
    const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 1], [2, 1])).dataSync());
    expect([...product]).toEqual([3, 7]);
  });

  test('of WebAssembly runs in one thread', async () => {
    const { tf } = await openBackend('tfjs-wasm');
    expect(tf.env().get('WASM_HAS_MULTITHREAD_SUPPORT')).toBe(false);
    expect((await import('@tensorflow/tfjs-backend-wasm')).getThreadsCount()).toBeLessThanOrEqual(1);
  });

  test('portable gives kernels with a memory of their own', async () => {
    const backend = await openBackend('portable');
    expect(backend).toMatchObject({ kind: 'portable', name: 'portable', version: '2', device: 'cpu' });
    const [one, other] = [backend.machine(100_000), backend.machine(1)];
    expect(one.memory.byteLength).toBeGreaterThanOrEqual(100_000);
    expect(other.memory).not.toBe(one.memory);
  });

  test('portable computes in TypeScript where WebAssembly cannot', async () => {
    vi.stubGlobal('WebAssembly', { validate: () => false });
    try {
      const { machine } = await openBackend('portable');
      expect(machine).toBe(scalarMachine);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test('that does not exist is refused with a suggestion', async () => {
    const refusal =
      'There is no backend "tfjs-wsm" (did you mean "tfjs-wasm"?); choose one of portable, tfjs-cpu, tfjs-wasm, tfjs-node, tfjs-node-gpu, tfjs-webgpu.';
    expect(() => findBackend('tfjs-wsm')).toThrow(new BackendError(refusal));
    await expect(openBackend('tfjs-wsm')).rejects.toThrow(new BackendError(refusal));
  });

  test('is refused where TensorFlow.js quietly takes another one', async () => {
    const { tf } = await openBackend('tfjs-cpu');
    const quiet = vi.spyOn(tf.engine(), 'setBackend').mockResolvedValue(false);
    try {
      await expect(openBackend('tfjs-wasm')).rejects.toThrow(
        new BackendError(
          'The backend tfjs-wasm does not start on this machine (TensorFlow.js took cpu instead); choose another one.',
        ),
      );
    } finally {
      quiet.mockRestore();
    }
  });

  test('that is not TensorFlow.js has no namespace to give', () => {
    expect(() => tensorflow({ name: 'portable', version: '1', device: 'cpu' })).toThrow(
      /^The backend portable is not TensorFlow\.js/,
    );
  });
});

describe('the identity of a backend', () => {
  test('is different for each backend, and always the same', async () => {
    const digests = await Promise.all(includedBackends.map((name) => digestOf(name)));
    expect(new Set(digests).size).toBe(includedBackends.length);
    expect(await Promise.all(includedBackends.map((name) => digestOf(name)))).toEqual(digests);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of portable holds the digest of its kernels', async () => {
    const kernels = readFileSync(new URL('../../../src/ml/portable/kernels.wasm', import.meta.url));
    expect(await digestOf('portable')).toBe(sha256('portable\n2\n', sha256(kernels)));
  });

  test('of tfjs-wasm holds the digest of the binary that runs', async () => {
    const binary = readFileSync(
      new URL('../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url),
    );
    const versions = 'tfjs-wasm\ntfjs-core@4.22.0\ntfjs-wasm@4.22.0\n';
    expect(await digestOf('tfjs-wasm')).toBe(sha256(versions, sha256(binary)));
  });

  test('is found without loading TensorFlow.js', async () => {
    const code = await bundle(`
      import { findBackend } from './src/ml/backends/backends.ts';
      console.log(findBackend('tfjs-wasm').name);`);
    // Only dynamic imports, which nothing here runs.
    expect(code).not.toMatch(/import[^(]*from\s*["']@tensorflow/);
    expect(code).toContain('createRequire');
  });
});

describe("a stage's code", () => {
  test('that trains holds the plan, but neither kernels, TensorFlow.js nor the registry of backends', async () => {
    const code = await bundle(`export { openTrainer, train } from './src/ml/index.ts';`);
    expect(code).toContain('fold-order');
    expect(code).toContain('lookUpGradient');
    expect(code).not.toContain('ScalarKernels');
    expect(code).not.toContain('kernels.wasm');
    expect(code).not.toContain('@tensorflow');
    expect(code).not.toContain('did you mean');
  });

  test('contains only the used parts of this package', async () => {
    const code = await bundle(`export { ensembleWeights } from './src/ml/index.ts';`);
    expect(code.length).toBeLessThan(1000);
  });
});

async function digestOf(name: string): Promise<Digest> {
  return (await describeBackend(name, (file) => Promise.resolve(sha256(readFileSync(file))))).digest;
}

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: new URL('../../..', import.meta.url).pathname, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}
