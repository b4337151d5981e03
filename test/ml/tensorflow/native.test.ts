import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/core/identity/digest.ts';
import { BackendError } from '../../../src/errors.ts';
import { describeBackend, findBackend, openBackend } from '../../../src/ml/backends/backends.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import { oneCycleSchedule } from '../../../src/ml/training/schedules.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { flattenWeights } from '../../../src/ml/network/weights.ts';
import { builtModule } from '../../helpers/built.ts';
import { BINDING, installNative, LIBRARY } from '../../helpers/native-package.ts';
import { otherNode } from '../../helpers/other-nodes.ts';
import { NO_TENSORFLOW, tensorflowProject } from '../../helpers/tensorflow-fixture.ts';
import { referenceSpec, sampleData, streams } from '../samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'restage-native-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A project with a stand-in for tfjs-node. */
function projectWith(name: string, files: Readonly<Record<string, string>>): string {
  const root = join(folder, name);
  installNative(root, 'tfjs-node', files);
  return root;
}

const digestOf = (file: string): Promise<Digest> =>
  Promise.resolve(createHash('sha256').update(readFileSync(file)).digest('hex') as Digest);

describe('an incomplete native backend', () => {
  test('is refused with the command that installs the package', () => {
    const sentence = `The package @tensorflow/tfjs-node-gpu is not installed in ${folder}; get it with: npm install @tensorflow/tfjs-node-gpu@4.22.0.`;
    expect(() => findBackend('tfjs-node-gpu', folder)).toThrow(sentence);
  });

  test.each([
    ['nothing', {}, 'its binding'],
    ['a binding', BINDING, 'libtensorflow'],
  ])('is refused if its install script left %s', (name, files, missing) => {
    expect(() => findBackend('tfjs-node', projectWith(name, files))).toThrow(
      new RegExp(
        `lacks ${missing}, which its install script downloads; get it with: npm rebuild @tensorflow/tfjs-node`,
      ),
    );
  });

  test("is refused with the first line of its loader's message", async () => {
    const root = projectWith('broken', {
      ...BINDING,
      ...LIBRARY,
      'index.js': 'throw new Error("libcudart.so.11.0: cannot open shared object file\\nand so on");',
    });
    await expect(openBackend('tfjs-node', root)).rejects.toThrow(
      new BackendError('The backend tfjs-node does not start: libcudart.so.11.0: cannot open shared object file.'),
    );
  });
});

test("a native backend's identity changes with its binding and with its library, and is found without loading", async () => {
  const identity = (name: string, files: Readonly<Record<string, string>>): Promise<string> =>
    describeBackend('tfjs-node', digestOf, projectWith(name, { 'index.js': 'process.exit(1)', ...files })).then(
      ({ digest }) => digest,
    );
  const first = await identity('one', { ...BINDING, ...LIBRARY });
  expect(await identity('same', { ...BINDING, ...LIBRARY })).toBe(first);
  expect(await identity('binding', { 'lib/napi-v8/tfjs_binding.node': 'other', ...LIBRARY })).not.toBe(first);
  expect(await identity('library', { ...BINDING, 'deps/lib/libtensorflow.so.2': 'other' })).not.toBe(first);
});

describe('tfjs-node', () => {
  beforeEach(({ skip }) => skip(tensorflowProject === undefined, NO_TENSORFLOW));

  test('computes on libtensorflow', async () => {
    const { tf, ...described } = await openBackend('tfjs-node', tensorflowProject);
    expect(described).toEqual({ kind: 'tensorflow', name: 'tfjs-node', version: '4.22.0', device: 'cpu' });
    expect(tf.getBackend()).toBe('tensorflow');
    const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 1], [2, 1])).dataSync());
    expect([...product]).toEqual([3, 7]);
  });

  test(
    'gives the parameters of portable to 1e-5 after 200 steps, and the same bits every time',
    { timeout: 240_000 },
    async () => {
      const spec = { ...referenceSpec, depth: 3 };
      const data = sampleData(spec, 500, 1);
      const schedule = oneCycleSchedule({
        riseSteps: 80,
        fallSteps: 120,
        learningRate: { start: 1e-4, peak: 1e-2, end: 0 },
        beta1: { high: 0.95, low: 0.85 },
      });
      const trained = async (name: 'portable' | 'tfjs-node'): Promise<Float32Array> => {
        const backend = await openBackend(name as string, tensorflowProject);
        const trainer = openTrainer(backend, spec, { batchSize: 40, adam: { beta2: 0.999, epsilon: 1e-3 } });
        trainer.load(initialise(spec, streams(1)('init')));
        const random = streams(1)('batches');
        const rows = new Uint32Array(40);
        for (let step = 0; step < 200; step++) {
          for (let i = 0; i < rows.length; i++) rows[i] = random.integer(data.rows);
          trainer.step(data, rows, schedule(step));
        }
        const weights = flattenWeights(spec, await trainer.weights());
        trainer.dispose();
        return weights;
      };
      const [portable, native] = [await trained('portable'), await trained('tfjs-node')];
      expect(Math.max(...native.map((value, i) => Math.abs(value - portable[i]!)))).toBeLessThan(1e-5);
      expect(await trained('tfjs-node')).toEqual(native);
    },
  );

  test('that is for a GPU is refused if it fell back to the CPU', () => {
    expect(inProcess(process.execPath, 'tfjs-node-gpu')).toMatch(
      /^The backend tfjs-node-gpu found no GPU that it can compute on and would have taken the CPU instead; /,
    );
  });

  test('starts on Node 24, which removed functions that it calls', { timeout: 300_000 }, ({ skip }) => {
    const node = otherNode(24);
    if (node === undefined) return skip('no Node 24 for this machine, or no registry to get it from');
    expect(inProcess(node, 'tfjs-node')).toBe('tensorflow 3,7');
  });
});

/** Opens a backend in a process of its own; gives its output, or the refusal. */
function inProcess(node: string, backend: string): string {
  const script = `
    import { openBackend } from ${JSON.stringify(builtModule('ml/backends/backends.ts'))};
    try {
      const { tf } = await openBackend('${backend}', ${JSON.stringify(tensorflowProject)});
      const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 1], [2, 1]));
      console.log(tf.getBackend(), [...await product.data()].join());
    } catch (error) {
      console.log(error.message);
    }`;
  const output = execFileSync(node, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return output.trim();
}
