/** Which of the five experiments the speed of light hangs on: each is left out once, with three seeds of the bootstrap. */
import { experiment } from 'restage';
import light from './index.ts';

export default experiment({
  name: 'cuts',
  pipeline: light,
  components: {
    'slow-cut': { off: { slowest: 0 } },
    'fast-cut': { off: { fastest: 400_000 } },
  },
  branches: (base) => [...base.leaveOneOut(), ...base.cumulative(['slow-cut', 'fast-cut']), base.with({ slowest: 299_700 }), base.with({ experiments: 4 })],
  seeds: 3,
  metrics: { speed: { of: 'speed.inAir', better: 'lower', design: 'fixed-test-set' } },
});
