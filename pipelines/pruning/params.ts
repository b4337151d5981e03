/** The pipeline's parameters. The defaults end within a minute on two cores. */
import { z } from 'zod';
import { dataParam } from '../higgs/data/data-param.ts';
import { networkParams } from '../higgs/training/network.ts';
import { criterion } from './criteria.ts';

export const trainingParams = z.strictObject({
  batchSize: z.int().positive().default(64),
  lengthRiseSubEpochs: z.int().positive().default(4),
  lengthFallSubEpochs: z.int().positive().default(8),
  learningRateStart: z.number().min(0).default(1e-4),
  learningRatePeak: z.number().positive().default(1e-2),
  learningRateEnd: z.number().min(0).default(0),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  epsilon: z.number().positive().default(1e-3),
});
export type TrainingParams = z.output<typeof trainingParams>;

/**
 * Where the weights come from that a pruned network is trained from:
 * - `initial`: those of the start (the lottery ticket, Frankle and Carbin, arXiv:1803.03635)
 * - `early`: those after `rewindSubEpochs` (Frankle et al., arXiv:1912.05671)
 * - `trained`: those that were pruned, so that training fine-tunes them
 * - `new`: drawn again
 */
export const rewind = z.enum(['initial', 'early', 'trained', 'new']);

export const params = z.strictObject({
  data: dataParam,
  split: z.strictObject({ validationFraction: z.number().gt(0).lt(1).default(0.5) }).prefault({}),
  /** Of the training events; one validates, the others train. */
  folds: z.int().min(2).max(100).default(5),
  network: networkParams.prefault({}),
  train: trainingParams.prefault({}),
  criteria: z
    .array(criterion)
    .min(1)
    .refine((criteria) => new Set(criteria).size === criteria.length, 'the same criterion is there twice')
    .default(['global', 'layer', 'random', 'neuron']),
  /** How many times the network is pruned and trained again. */
  levels: z.int().min(1).max(50).default(5),
  /** What is pruned each time, of what is left. */
  share: z.number().gt(0).lt(1).default(0.5),
  rewind: rewind.default('early'),
  rewindSubEpochs: z.int().positive().default(1),
  /** Networks that are trained, and pruned, independently of each other. */
  replicas: z.int().min(1).max(100).default(3),
  backgroundRegulariser: z.number().min(0).default(10),
});
