/** The stage that trains one network of the ensemble. */
import { json, stage, weights } from 'restage';
import { openTrainer } from 'restage/ml';
import { z } from 'zod';
import type { OnData } from '../data/data-origin.ts';
import {
  foldNetwork,
  foldTrainingParams,
  trainerOptions,
  type TrainingReport,
  trainOnFolds,
} from '../training/fold-training.ts';

export const trainFold = stage({
  name: 'higgs/train-fold',
  description: 'one network, validated on one fold and trained on the others',
  params: z.strictObject({ fold: z.int().min(0), ...foldTrainingParams }),
  inputs: { training: weights() },
  outputs: {
    network: weights(),
    report: json<OnData<TrainingReport>>(),
    /** The snapshots that an ensemble may take, joined into one value; none unless `averaging` keeps any. */
    snapshots: weights(),
  },
  random: true,
  compute: true,
  async run({ params: { fold, ...params }, inputs, backend, ...context }) {
    const training = await inputs.training.read();
    const trainer = openTrainer(backend, foldNetwork(params, training), trainerOptions(params));
    try {
      return await trainOnFolds({ ...context, fold, params, training, trainer });
    } finally {
      trainer.dispose();
    }
  },
});
