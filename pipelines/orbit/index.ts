/**
 * A convergence study: three integrators follow a planet once around its star, with twice as many steps each time, and
 * the errors tell the order of each method. All methods and numbers of steps are instances of one stage.
 *
 *     restage run pipelines/orbit
 *     restage get plot.svg -o orbit.svg
 */
import { pipeline } from 'restage';
import { z } from 'zod';
import { METHODS } from './methods.ts';
import { plot } from './plot.ts';
import { fitOrder, followOrbit } from './stages.ts';

export default pipeline({
  name: 'orbit',
  description: 'The order of three integrators, from their errors after one orbit',
  params: z.strictObject({
    eccentricity: z.number().min(0).max(0.9).default(0.3),
    fewestSteps: z.int().min(16).default(500),
    doublings: z.int().min(1).max(12).default(4),
  }),
  build(p, { eccentricity, fewestSteps, doublings }) {
    const errors = METHODS.flatMap((method) =>
      Array.from({ length: doublings + 1 }, (_, doubling) => {
        const key = { method, steps: fewestSteps * 2 ** doubling };
        return p.add(followOrbit, { key, params: { ...key, eccentricity } }).out.error;
      }),
    );
    p.observe(plot, { inputs: { errors } });
    return { order: p.add(fitOrder, { inputs: { errors } }).out.order };
  },
});
