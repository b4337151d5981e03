/**
 * Entry of the process that tries one backend for the doctor: `node backend-probe.js <backend> <seconds> <project's
 * root>`. It starts the backend, trains the reference network for about this long, and reports the speed. The parent
 * process notices a crash or a hang.
 */
import { streamsOf, nodeSeed } from '../core/identity/random.ts';
import { RestageError } from '../errors.ts';

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
  const { openBackend } = await import('../ml/backends/backends.ts');
  const { initialise } = await import('../ml/network/initialise.ts');
  const { isPortable } = await import('../ml/portable/backend.ts');
  const { scalarMachine } = await import('../ml/portable/machine.ts');
  const { openTrainer } = await import('../ml/backends/open-trainer.ts');
  const backend = await openBackend(name, projectRoot);
  const streams = streamsOf(nodeSeed(0, 'restage/doctor', name));
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
    } while (steps < most && performance.now() - started < 1000 * time);
    await trainer.weights();
    return (1000 * steps) / (performance.now() - started);
  };
  // At least one step, measured or not, to know that it computes.
  await stepFor(seconds * WARM_UP_SHARE, WARM_UP_STEPS);
  const stepsPerSecond = seconds > 0 ? await stepFor(seconds, Number.POSITIVE_INFINITY) : null;
  const isSlow = isPortable(backend) && backend.machine === scalarMachine;
  const note = isSlow ? "this Node's WebAssembly has no SIMD: the same bits, some sixty times slower" : '';
  return { type: 'works', version: backend.version, device: backend.device, stepsPerSecond, note };
}

const [, , name = '', seconds = '0', projectRoot] = process.argv;
const result = await find(name, Number(seconds), projectRoot).catch((error: unknown): ProbeResult => {
  if (!(error instanceof RestageError)) throw error;
  return { type: 'fails', message: error.message };
});
process.send?.(result, () => process.exit(0));
