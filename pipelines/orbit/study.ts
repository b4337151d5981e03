/** What the eccentricity of the orbit does to the orders of the integrators. */
import { experiment } from 'restage';
import orbit from './index.ts';

export default experiment({
  name: 'eccentricity',
  pipeline: orbit,
  branches: (base) => base.sweep('eccentricity', [0.1, 0.5, 0.7]),
  metrics: { order: { of: 'order.leapfrog', better: 'higher', design: 'fixed-test-set' } },
});
