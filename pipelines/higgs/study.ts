/**
 * The study, branch by branch (G. C. Strong, arXiv:2002.01427): from one plain network to ten dense ones, each branch
 * as what it changes of the default pipeline. That, the base, is the study's last step A8. Boosted trees are not the
 * study's; they are what networks have to beat.
 *
 *     restage ablate pipelines/higgs/study.ts -S data=atlas-higgs-challenge-2014-v2.csv.gz
 */
import { experiment } from 'restage';
import {
  AVERAGES,
  DETAILS,
  METRICS,
  NETWORKS,
  PREDICTIONS,
  PROFILES,
  SINGLE_TECHNIQUES,
  SMALL_DATA,
  STEPS,
  TREES,
  WEIGHTS,
  WITHOUT_TEST_TIME_AUGMENTATION,
} from './branches.ts';
import higgs from './index.ts';

export default experiment({
  name: 'study',
  pipeline: higgs,
  branches: (base) => [
    ...Object.entries({
      ...STEPS,
      ...AVERAGES,
      ...NETWORKS,
      ...SINGLE_TECHNIQUES,
      ...DETAILS,
      ...WITHOUT_TEST_TIME_AUGMENTATION,
      ...PREDICTIONS,
      ...WEIGHTS,
      ...TREES,
      ...SMALL_DATA,
    }).map(([name, changes]) => base.with(changes).as(name)),
    // Combinations are left out where they come to the base.
    ...Object.entries(PROFILES).flatMap(([name, changes]) =>
      base
        .factorial(Object.fromEntries(Object.entries(changes).map(([path, value]) => [path, [value]])))
        .map((branch) => branch.as(name)),
    ),
  ],
  seeds: 6,
  metrics: METRICS,
});
