/** The pipeline: which stages there are, with which parameters, and whose outputs go into whose inputs. */
import { pipeline } from 'restage';
import { z } from 'zod';
import { evaluate, fit, simulate } from './stages.ts';

export default pipeline({
  name: 'my-project',
  // Whatever is declared here can be set: restage run -S noise=0.5 -S degrees=8
  params: z.strictObject({
    points: z.int().positive().default(60),
    noise: z.number().nonnegative().default(0.1),
    degrees: z.int().min(1).max(12).default(6),
  }),
  build(p, { points, noise, degrees }) {
    // One stage twice: the key tells the instances apart, and gives each its own random numbers.
    const [train, test] = ['train', 'test'].map((set) => p.add(simulate, { key: { set }, params: { points, noise } }));
    // A fan-out: these fits need only the training points, so they run at the same time.
    const fits = Array.from({ length: degrees }, (_, index) =>
      p.add(fit, {
        key: { degree: index + 1 },
        params: { degree: index + 1 },
        inputs: { points: train!.out.points },
      }),
    );
    const { out } = p.add(evaluate, {
      inputs: { points: test!.out.points, polynomials: fits.map((each) => each.out.polynomial) },
    });
    return { evaluation: out.evaluation };
  },
});
