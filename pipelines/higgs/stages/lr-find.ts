/** The observation that sweeps the learning rate. It informs people; nothing takes its output. */
import { type ChartPanel, json, observation, panel, type Random, type Tensors, weights } from 'restage';
import { learningRateRangeTest, openTrainer, type RangeTest, type TrainingSet } from 'restage/ml';
import { z } from 'zod';
import { augmentParams } from '../data/augmentation-params.ts';
import { dataOrigin, type OnData } from '../data/data-origin.ts';
import { frameOf, inputLayout } from '../data/inputs.ts';
import { networkParams, networkSpec } from '../training/network.ts';
import { augmentedInputs, foldCount, foldOf, optimiserParams } from '../training/training.ts';

/** Mean loss over the models by learning rate, as far as any of them got. */
export interface LearningRateCurve {
  readonly learningRates: readonly number[];
  /** Over the models that got so far; where some have diverged, it is about the others alone. */
  readonly meanLoss: readonly number[];
  /** Standard deviation over those models; 0 with one. */
  readonly deviation: readonly number[];
  /** How many models got so far. */
  readonly models: readonly number[];
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
    augment: augmentParams,
  }),
  inputs: { training: weights() },
  outputs: { curve: json<OnData<LearningRateCurve>>(), chart: panel() },
  random: true,
  compute: true,
  async run({ params, inputs, rng, backend, signal, progress, trace }) {
    const { network, optimiser, low, high, steps, augment } = params;
    const { batchSize, beta1, ...adam } = optimiser;
    const training = await inputs.training.read();
    const trainer = openTrainer(backend, networkSpec(network, inputLayout(training)), { batchSize, adam });
    try {
      const folds = foldCount(training);
      const runs: RangeTest[] = [];
      for (let fold = 0; fold < folds; fold++) {
        const streams = (stream: string): Random => rng(`${fold}/${stream}`);
        const events = fromFold(training, fold, steps * batchSize);
        const data = augment.train
          ? { ...events, ...augmentedInputs(events, streams('augment'), frameOf(training, augment.space)) }
          : events;
        const run = await learningRateRangeTest({ trainer, data, rng: streams, low, high, beta1, signal });
        trace('losses', Float64Array.from(run.losses), fold);
        runs.push(run);
        progress(fold + 1, folds);
      }
      const longest = runs.reduce((a, b) => (b.losses.length > a.losses.length ? b : a));
      const losses = longest.losses.map((_, step) =>
        runs.flatMap((run) => (step < run.losses.length ? [run.losses[step]!] : [])),
      );
      const curve = {
        learningRates: longest.learningRates,
        meanLoss: losses.map(mean),
        deviation: losses.map(deviation),
        models: losses.map(({ length }) => length),
      };
      return { curve: { data: params.data, ...curve }, chart: chartOf(curve) };
    } finally {
      trainer.dispose();
    }
  },
});

/**
 * So many events from fold `fold` on; from before it where there are too few, and all where there are not that many.
 */
function fromFold(training: Tensors, fold: number, rows: number): TrainingSet {
  const starts = training['foldStarts']!.data;
  const all = starts.at(-1)!;
  const start = Math.max(0, Math.min(starts[fold]!, all - rows));
  const bounds = Uint32Array.of(start, Math.min(all, start + rows));
  return foldOf({ ...training, foldStarts: { shape: [2], data: bounds } }, 0);
}

/** Without the steps at which the loss has left the chart. */
function chartOf({ learningRates, meanLoss, deviation, models }: LearningRateCurve): ChartPanel {
  const within = meanLoss.map((loss) => Number.isFinite(loss) && loss <= 2 * meanLoss[0]!);
  const kept = (values: readonly number[]): number[] => values.filter((_, step) => within[step]);
  const [loss, spread] = [kept(meanLoss), kept(deviation)];
  return {
    title: 'Learning-rate range test',
    text: `The mean loss of ${models[0] ?? 0} fresh networks while the learning rate rises, with one standard deviation; where it has doubled it is left out.`,
    x: { label: 'learning rate', scale: 'log' },
    y: { label: 'loss' },
    marks: [
      {
        mark: 'line',
        x: kept(learningRates),
        y: loss,
        low: loss.map((value, step) => value - spread[step]!),
        high: loss.map((value, step) => value + spread[step]!),
      },
    ],
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / (values.length - 1));
}
