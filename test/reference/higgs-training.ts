/** Trainings of the HiggsML pipeline on the inputs, with the parameters and with the draws of a run of it. */
import type { Tensors } from 'restage';
import { z } from 'zod';
import {
  foldNetwork,
  foldTrainingParams,
  trainerOptions,
  trainOnFolds,
} from '../../pipelines/higgs/training/fold-training.ts';
import higgs from '../../pipelines/higgs/index.ts';
import { nodeSeed, streamsOf } from '../../src/core/identity/random.ts';
import { openTrainer } from '../../src/ml/backends/open-trainer.ts';
import type { ComputeBackend } from '../../src/core/authoring/stage.ts';
import { inputsOf } from '../pipelines/in-process.ts';
import { type Recorder, recorder } from './recorded-training.ts';

export interface HiggsTraining {
  /** As `-S` has them. */
  readonly overrides: readonly string[];
  readonly fold: number;
  readonly seed?: number;
  /** Ends after so many sub-epochs; default: as the parameters say. */
  readonly subEpochs?: number;
}

/** Trains the network of a fold as a run does, and records that. */
export async function recordedFold(
  backend: ComputeBackend,
  { overrides, fold, seed = 1, subEpochs = Number.POSITIVE_INFINITY }: HiggsTraining,
): Promise<Recorder> {
  const node = `train-fold@fold=${fold}`;
  const taken = await inputsOf(higgs, overrides, node, seed);
  const { fold: own, ...params } = z.strictObject({ fold: z.int(), ...foldTrainingParams }).parse(taken.params);
  const training = taken.inputs['training'] as Tensors;
  const options = trainerOptions(params);
  const recording = recorder(openTrainer(backend, foldNetwork(params, training), options), options.adam!, subEpochs);
  const enough = new AbortController();
  try {
    await trainOnFolds({
      fold: own,
      params,
      training,
      trainer: recording.trainer,
      rng: streamsOf(nodeSeed(seed, 'higgs/train-fold', node)),
      checkpoint: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
      signal: enough.signal,
      log: () => undefined,
      metric: () => undefined,
      progress: (done) => {
        if (done >= subEpochs) enough.abort();
      },
      trace: () => undefined,
    });
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  } finally {
    recording.trainer.dispose();
  }
  return recording;
}
