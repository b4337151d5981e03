/** How far the answer is from today's value, in standard errors, if the analysis had been made differently. */
import { experiment } from 'restage';
import light from './index.ts';

export default experiment({
  name: 'choices',
  pipeline: light,
  branches: (base) => [
    ...base.sweep('slowest', [299_600, 299_700]),
    base.with({ fastest: 300_000 }),
    ...base.sweep('experiments', [3, 4]),
    base.with({ bootstrapSamples: 200 }),
  ],
  seeds: 5,
  metrics: {
    sigmas: { of: 'speed.standardErrorsFromToday', better: 'lower', design: 'fixed-test-set', equivalence: 0.5 },
  },
});
