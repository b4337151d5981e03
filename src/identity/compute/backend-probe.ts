/**
 * Entry of the process that tries one backend: `node backend-probe.js <backend> <seconds> <project's root>`. It
 * starts the backend, multiplies matrices, and trains the reference network for about this long, or one step for 0
 * seconds. The parent process notices a crash or a hang.
 */
import { streamsOf, nodeSeed } from '../../core/identity/random.ts';
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import { BackendError, RestageError } from '../../errors.ts';

/** The message that it sends before it ends. */
export type ProbeResult =
  | {
      readonly type: 'works';
      readonly version: string;
      readonly device: string;
      /** Null if the speed was not asked for. */
      readonly stepsPerSecond: number | null;
      /** What a user should know about it; empty if nothing. */
      readonly note: string;
    }
  | { readonly type: 'fails'; readonly message: string };

const ROWS = 2048;
const BATCH = 256;
const WARM_UP_SHARE = 0.2;
const WARM_UP_STEPS = 20;
/** Steps that a device may have before it, at most. */
const AHEAD = 8;
/** Rows and columns of the matrices: more than TensorFlow.js would compute on the CPU by itself. */
const SIZE = 64;

/** The HiggsML study's final network (arXiv:2002.01427), whose steps per second are in the documentation. */
const NETWORK = {
  continuous: 30,
  embeddings: [{ cardinality: 4, size: 3 }],
  depth: 6,
  width: 33,
  activation: 'swish',
  dense: true,
} as const;

async function find(name: string, seconds: number, projectRoot: string | undefined): Promise<ProbeResult> {
  const { openBackend } = await import('../../ml/backends/backends.ts');
  const { isPortable } = await import('../../ml/portable/backend.ts');
  const { scalarMachine } = await import('../../ml/portable/machine.ts');
  const backend = await openBackend(name, projectRoot, (error) => {
    process.send?.({ type: 'fails', message: error.message } satisfies ProbeResult, () => process.exit(0));
  });
  await multiply(backend);
  const stepsPerSecond = await train(backend, seconds);
  const isSlow = isPortable(backend) && backend.machine === scalarMachine;
  const note = isSlow ? "this Node's WebAssembly has no SIMD: the same bits, some sixty times slower" : '';
  return { type: 'works', version: backend.version, device: backend.device, stepsPerSecond, note };
}

/**
 * A product of small whole numbers, which every backend must get exactly; a backend without TensorFlow.js has a test of
 * its own.
 */
async function multiply(backend: ComputeBackend): Promise<void> {
  const { isTensorFlow } = await import('../../ml/tensorflow/backend.ts');
  const { isWebGpu } = await import('../../ml/webgpu/backend.ts');
  if (!isTensorFlow(backend) && !isWebGpu(backend)) return;
  const { tf } = backend;
  const entries = (seed: number) => Float32Array.from({ length: SIZE * SIZE }, (_, i) => ((i * seed) % 7) - 3);
  const [a, b] = [entries(3), entries(5)];
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(a, [SIZE, SIZE]), tf.tensor2d(b, [SIZE, SIZE])));
  const found = await product.data();
  product.dispose();
  for (let row = 0; row < SIZE; row++)
    for (let column = 0; column < SIZE; column++) {
      let sum = 0;
      for (let k = 0; k < SIZE; k++) sum += a[row * SIZE + k]! * b[k * SIZE + column]!;
      if (found[row * SIZE + column] !== sum)
        throw new BackendError(
          `The backend ${backend.name} multiplies wrong here (${found[row * SIZE + column]} in place of ${sum}); update its driver, or choose another backend.`,
        );
    }
}

/** @returns steps per second; null if the speed was not asked for */
async function train(backend: ComputeBackend, seconds: number): Promise<number | null> {
  const { initialise } = await import('../../ml/network/initialise.ts');
  const { openTrainer } = await import('../../ml/backends/open-trainer.ts');
  const { isWebGpu } = await import('../../ml/webgpu/backend.ts');
  const streams = streamsOf(nodeSeed(0, 'restage/doctor', backend.name));
  const random = streams('data');
  const data = {
    rows: ROWS,
    continuous: Float32Array.from({ length: ROWS * NETWORK.continuous }, () => random.normal()),
    codes: Uint8Array.from({ length: ROWS }, () => random.integer(4)),
    targets: Uint8Array.from({ length: ROWS }, () => random.integer(2)),
    weights: new Float32Array(ROWS).fill(1),
  };
  const rows = Uint32Array.from({ length: BATCH }, () => random.integer(ROWS));
  const trainer = openTrainer(backend, NETWORK, { batchSize: BATCH, adam: { beta2: 0.999, epsilon: 1e-3 } });
  trainer.load(initialise(NETWORK, streams('weights')));

  /** Steps per second, including the work that a device still has to finish at the end. */
  const stepFor = async (time: number, most: number): Promise<number> => {
    const started = performance.now();
    let steps = 0;
    do {
      trainer.step(data, rows, { learningRate: 1e-3, beta1: 0.9 });
      steps++;
      // A device takes orders much faster than it executes them.
      if (isWebGpu(backend) && steps % AHEAD === 0) await backend.gpu.queue.onSubmittedWorkDone();
    } while (steps < most && performance.now() - started < 1000 * time);
    await trainer.weights();
    return (1000 * steps) / (performance.now() - started);
  };
  // At least one step, measured or not, to know that it computes.
  await stepFor(seconds * WARM_UP_SHARE, WARM_UP_STEPS);
  return seconds > 0 ? await stepFor(seconds, Number.POSITIVE_INFINITY) : null;
}

const [, , name = '', seconds = '0', projectRoot] = process.argv;
const result = await find(name, Number(seconds), projectRoot).catch((error: unknown): ProbeResult => {
  if (!(error instanceof RestageError)) throw error;
  return { type: 'fails', message: error.message };
});
process.send?.(result, () => process.exit(0));
