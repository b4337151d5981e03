/**
 * The pipeline's parameters. The defaults are the study's final configuration as it was run (arXiv:2002.01427; LUMIN
 * 0.5.1, notebook 13).
 */
import { z } from 'zod';
import { anglesParam, augmentParams } from './data/augmentation-params.ts';
import { averagingParam, fgeParams, sseParams, swaParams } from './training/averaging.ts';
import { courseParams, patienceParams } from './training/course.ts';
import { cutParams } from './judging/cut.ts';
import { dataParam } from './data/data-param.ts';
import { featureParams } from './data/features.ts';
import { networkParams } from './training/network.ts';
import { treeParams } from './training/trees.ts';
import { momentumParams, optimiserParams, scheduleParams } from './training/training.ts';
import { weightsParam } from './weighing.ts';

export const params = z.strictObject({
  data: dataParam,
  /** The path of Kaggle's test.csv, to predict its events for a submission; default: the test events of `data`. */
  test: z.string().min(1).optional(),
  /**
   * `as-run` is what gave the published numbers: Adam's beta1 fixed, 8 test-time transformations. `as-described` is
   * what the paper says: beta1 cycled against the learning rate, 32 transformations. In both, the learning rate of
   * every network starts at 1e-4, which, because of a bug, held only for the study's first network; the others started
   * at 0.
   */
  profile: z.enum(['as-run', 'as-described']).default('as-run'),
  features: featureParams.prefault({}),
  split: z.strictObject({ validationFraction: z.number().gt(0).lt(1).default(0.2) }).prefault({}),
  folds: z
    .strictObject({
      /** Folds of the training events, and so networks in the ensemble. */
      count: z.int().min(2).max(100).default(10),
      /**
       * How many of these no network is trained on, the last ones. Default: 1 where weights are learned, which is from
       * them; else none.
       */
      held: z.int().min(0).optional(),
      /** Folds of the test events, for the mean public AMS. */
      test: z.int().min(1).max(255).default(10),
    })
    .prefault({}),
  ensemble: z
    .strictObject({
      /** How many of the trained networks predict, the first ones; default: all. */
      networks: z.int().positive().max(100).optional(),
      /** How many of these predict, those of lowest validation loss; default: all. */
      best: z.int().positive().max(100).optional(),
      /**
       * How much each counts: by 1 / validation loss, where `averaging` selects several of a training as the study
       * weighed these; all alike; or as is learned from predictions of held folds.
       */
      weights: weightsParam.default('loss'),
    })
    .prefault({}),
  /** The range test, which informs people; nothing uses its output. */
  lrFind: z
    .strictObject({
      low: z.number().positive().default(1e-5),
      high: z.number().positive().default(10),
      steps: z.int().positive().default(78),
    })
    .prefault({}),
  /** How much the ensemble needs each feature, which informs people; nothing uses it. */
  importance: z
    .strictObject({
      /** How often each feature and group of features is permuted; 0: never, and there is no such node. */
      repeats: z.int().min(0).default(0),
    })
    .prefault({}),
  network: networkParams.prefault({}),
  train: z
    .strictObject({
      ...optimiserParams.shape,
      ...scheduleParams.shape,
      /** Between which values beta1 is cycled where the profile is `as-described`. */
      momentum: momentumParams.default({ high: 0.95, low: 0.85 }),
      /**
       * Whether one node trains all networks at the same time, with draws of its own. On tfjs-node that is as one
       * program and twice as fast; on portable it is slower, as a node has one core.
       */
      together: z.boolean().default(false),
    })
    .prefault({}),
  /** The learning rate over a training, and its length; 1cycle's numbers are in `train`. */
  schedule: courseParams.prefault({}),
  /** When a training gives up. */
  patience: patienceParams.prefault({}),
  /**
   * What the ensemble is made of besides the best network of each training: `swa` averages the weights that the
   * training passes through; `fge` and `sse` take snapshots at the ends of its cycles.
   */
  averaging: averagingParam.default('none'),
  swa: swaParams.prefault({}),
  fge: fgeParams.prefault({}),
  sse: sseParams.prefault({}),
  augment: augmentParams.prefault({}),
  /** How much boosted trees count in the prediction: 0 for networks alone, 1 for trees alone, or a mean of both. */
  treeShare: z.number().min(0).max(1).default(0),
  trees: treeParams.prefault({}),
  predict: z
    .strictObject({
      /**
       * Rotations at test time: 4 transformations for each, so that 1 is reflections alone; 0 for none. Default: 2, or
       * 8 in `as-described`.
       */
      rotMult: z
        .int()
        .min(0)
        .refine((rotations) => rotations === 1 || rotations % 2 === 0, { error: 'it takes an even number, or 1' })
        .optional(),
      angles: anglesParam.default('fixed'),
      /** Whether everything from predictions on is done without these transformations too, in nodes of its own. */
      alsoPlain: z.boolean().default(false),
    })
    .prefault({}),
  cut: cutParams.prefault({}),
  score: z
    .strictObject({
      /** The br of the AMS, used for the cut too. */
      backgroundRegulariser: z.number().min(0).default(10),
      /** The relative uncertainty of the background, for one more AMS that knows of it; 0: none. */
      backgroundUncertainty: z.number().min(0).default(0),
      bootstrapSamples: z.int().min(2).default(200),
    })
    .prefault({}),
});

export type Params = z.output<typeof params>;
