/**
 * How long to train, and with which epsilon of Adam, on few events. A sub-epoch of 18,000 rows is 5 optimiser steps,
 * where one of 250,000 is 78. Branches are judged by the losses of the training folds alone, so that no event that an
 * analysis is scored on has a say.
 *
 *     restage ablate pipelines/higgs/small-data.ts -S data=...
 */
import { experiment } from 'restage';
import { inSteps } from './branches.ts';
import higgs from './index.ts';

/** The study's 1e-8, whose weights add up to 1 in each class, for the 14,400 training events of 18,000 rows. */
const STUDY_EPSILON = 7.2e-5;

export default experiment({
  name: 'small-data',
  pipeline: higgs,
  branches: (base) => [
    base.with({ train: inSteps(330) }).as('330-steps'),
    base.with({ train: inSteps(2_025) }).as('2025-steps'),
    base.with({ train: inSteps(5_400) }).as('5400-steps'),
    base.with({ train: { epsilon: 1e-2 } }).as('epsilon=1e-2'),
    base.with({ train: { epsilon: STUDY_EPSILON } }).as('epsilon=7.2e-5'),
    base.with({ train: { ...inSteps(2_025), epsilon: 1e-2 } }).as('2025-steps,epsilon=1e-2'),
    base.with({ train: { ...inSteps(2_025), epsilon: STUDY_EPSILON } }).as('2025-steps,epsilon=7.2e-5'),
  ],
  metrics: {
    lastLoss: { of: 'train-fold.validation loss', better: 'lower', design: 'cross-validation' },
    bestLoss: { of: 'train-fold.best loss', better: 'lower', design: 'cross-validation' },
  },
});
