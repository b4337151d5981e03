/** The steps of the study that change most, A0, A1, A2 and A4, against its last one, A8: few enough for six seeds. */
import { experiment } from 'restage';
import { METRICS, STEPS } from './branches.ts';
import higgs from './index.ts';

export default experiment({
  name: 'steps',
  pipeline: higgs,
  branches: (base) =>
    (['A0-baseline', 'A1-ensemble', 'A2-embedding', 'A4-augmentation'] as const).map((name) =>
      base.with(STEPS[name]).as(name),
    ),
  seeds: 6,
  metrics: METRICS,
});
