/**
 * Digests of values that must be the same on every machine and every version of Node: random draws, schedules, initial
 * weights, simulated events, augmentation, a network trained on augmented rows, one with all kinds of layer, and the
 * study's networks of several blocks.
 */
import { createHash } from 'node:crypto';
import { augmented } from '../../../pipelines/higgs/data/augmentation.ts';
import { networkParams, networkSpec } from '../../../pipelines/higgs/training/network.ts';
import { simulate } from '../../../pipelines/higgs/simulation/simulate.ts';
import { shuffledBatches } from '../../../src/ml/training/batches.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import { compiledMachines, scalarMachine } from '../../../src/ml/portable/machine.ts';
import { PortableTrainer } from '../../../src/ml/portable/trainer.ts';
import {
  cosineSchedule,
  exponentialSchedule,
  oneCycleSchedule,
  type Schedule,
} from '../../../src/ml/training/schedules.ts';
import { flattenWeights } from '../../../src/ml/network/weights.ts';
import { allKinds, sampleRows } from '../block-networks.ts';
import { referenceSpec, sampleData, streams } from '../samples.ts';

const STEPS = 30;

/** @param kernels `scalar` computes without WebAssembly */
export async function goldenDigests(kernels: 'compiled' | 'scalar'): Promise<Readonly<Record<string, string>>> {
  const rng = streams(7);
  const oneCycle = oneCycleSchedule({
    riseSteps: 10,
    fallSteps: 20,
    learningRate: { start: 1e-4, peak: 1e-2, end: 0 },
    beta1: { high: 0.95, low: 0.85 },
  });
  const rows = sampleData(referenceSpec, STEPS * 256, 7);
  const data = { ...rows, continuous: augmented(rows.continuous, rng('augment')) };

  const machine = kernels === 'scalar' ? scalarMachine : compiledMachines();
  if (machine === undefined) throw new Error('This Node has no SIMD in WebAssembly.');
  const backend = { kind: 'portable', name: 'portable', version: '1', device: 'cpu', machine } as const;
  const trainer = new PortableTrainer(backend, referenceSpec, {
    batchSize: 256,
    adam: { beta2: 0.999, epsilon: 1e-3 },
  });
  const initial = initialise(referenceSpec, rng('init'));
  trainer.load(initial);
  let step = 0;
  for (const batch of shuffledBatches(data.rows, 256, rng('batches'))) trainer.step(data, batch, oneCycle(step++));
  const part = { rows: 1000, continuous: data.continuous.subarray(0, 30_000), codes: data.codes.subarray(0, 1000) };

  const blocks = new PortableTrainer(backend, allKinds, { batchSize: 100, sgd: { nesterov: true, weightDecay: 1e-3 } });
  blocks.load(initialise(allKinds, rng('blocks')));
  blocks.mask({
    'body.0.0.weight': { shape: [7, 20], data: Uint8Array.from({ length: 140 }, (_, i) => Number(i % 3 > 0)) },
  });
  const blockRows = sampleRows(allKinds, 400, 7);
  for (let i = 0; i < STEPS; i++) {
    const batch = Uint32Array.from({ length: 100 }, (_, row) => (31 * i + row) % 400);
    blocks.step(blockRows, batch, { learningRate: 1e-2, beta1: 0.9 }, rng(`dropout/${i}`));
  }

  const ofStudy: Float32Array[] = [];
  for (const blocks of ['split', 'bottleneck', 'wide-and-deep'] as const) {
    const spec = networkSpec(networkParams.parse({ width: 20, blocks }));
    const several = new PortableTrainer(backend, spec, { batchSize: 256, adam: { beta2: 0.999, epsilon: 1e-3 } });
    several.load(initialise(spec, rng(blocks)));
    let at = 0;
    for (const batch of shuffledBatches(data.rows, 256, rng('batches'))) several.step(data, batch, oneCycle(at++));
    ofStudy.push(flattenWeights(spec, await several.weights()), await several.predict(part));
  }

  return {
    draws: digest(Float64Array.from({ length: 10_000 }, rng('draws').normal)),
    schedules: digest(
      settingsOf(oneCycle),
      settingsOf(cosineSchedule({ high: 2e-3, low: 0, cycles: { steps: 7, multiplier: 2 } })),
      settingsOf(exponentialSchedule({ low: 1e-5, high: 10, steps: STEPS })),
    ),
    initial: digest(flattenWeights(referenceSpec, initial)),
    augmented: digest(data.continuous),
    simulated: digest(...Object.values(simulate(500, rng).columns)),
    trained: digest(flattenWeights(referenceSpec, await trainer.weights())),
    predicted: digest(await trainer.predict(part)),
    loss: digest(Float64Array.of(await trainer.loss(data))),
    blocks: digest(
      flattenWeights(allKinds, await blocks.weights()),
      await blocks.predict(blockRows),
      Float64Array.of(await blocks.loss(blockRows)),
    ),
    ofStudy: digest(...ofStudy),
  };
}

function settingsOf(schedule: Schedule): Float64Array {
  const settings = Array.from({ length: STEPS }, (_, i) => schedule(i));
  return Float64Array.from(settings.flatMap(({ learningRate, beta1 }) => [learningRate, beta1]));
}

/** The first 16 digits of the SHA-256 of the arrays' bytes. */
function digest(...arrays: readonly ArrayBufferView[]): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex').slice(0, 16);
}
