/** The observation that sweeps the learning rate. It informs people; nothing takes its output. */
import { json, observation, type Random, type Tensors, weights } from 'restage';
import { learningRateRangeTest, openTrainer, type RangeTest, type TrainingSet } from 'restage/ml';
import { z } from 'zod';
import { dataOrigin, type OnData } from '../data-origin.ts';
import { networkParams, networkSpec } from '../network.ts';
import { foldCount, foldOf, optimiserParams } from '../training.ts';

/** Mean loss over the models by learning rate, as far as all of them got. */
export interface LearningRateCurve {
  readonly learningRates: readonly number[];
  readonly meanLoss: readonly number[];
  /** Standard deviation over models; 0 with one. */
  readonly deviation: readonly number[];
}

export const lrFind = observation({
  name: 'higgs/lr-find',
  description: 'loss by learning rate over one pass, one fresh network a fold',
  params: z.strictObject({
    data: dataOrigin,
    network: networkParams,
    optimiser: optimiserParams,
    low: z.number().positive(),
    high: z.number().positive(),
    steps: z.int().positive(),
  }),
  inputs: { training: weights() },
  outputs: { curve: json<OnData<LearningRateCurve>>() },
  random: true,
  compute: true,
  async run({ params, inputs, rng, backend, signal, progress, trace }) {
    const { network, optimiser, low, high, steps } = params;
    const { batchSize, beta1, ...adam } = optimiser;
    const training = await inputs.training.read();
    const trainer = openTrainer(backend, networkSpec(network), { batchSize, adam });
    try {
      const folds = foldCount(training);
      const runs: RangeTest[] = [];
      for (let fold = 0; fold < folds; fold++) {
        const data = fromFold(training, fold, steps * batchSize);
        const streams = (stream: string): Random => rng(`${fold}/${stream}`);
        const run = await learningRateRangeTest({ trainer, data, rng: streams, low, high, beta1, signal });
        trace('losses', Float64Array.from(run.losses), fold);
        runs.push(run);
        progress(fold + 1, folds);
      }
      const length = Math.min(...runs.map(({ losses }) => losses.length));
      const losses = Array.from({ length }, (_, step) => runs.map((run) => run.losses[step]!));
      return {
        curve: {
          data: params.data,
          learningRates: runs[0]!.learningRates.slice(0, length),
          meanLoss: losses.map(mean),
          deviation: losses.map(deviation),
        },
      };
    } finally {
      trainer.dispose();
    }
  },
});

/** So many events from fold `fold` on; from before it where there are too few, and all where there are not that many. */
function fromFold(training: Tensors, fold: number, rows: number): TrainingSet {
  const starts = training['foldStarts']!.data;
  const all = starts.at(-1)!;
  const start = Math.max(0, Math.min(starts[fold]!, all - rows));
  const bounds = Uint32Array.of(start, Math.min(all, start + rows));
  return foldOf({ ...training, foldStarts: { shape: [2], data: bounds } }, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / (values.length - 1));
}
