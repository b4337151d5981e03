/**
 * The speed of light from Michelson's hundred measurements of 1879: a file, a cleaning stage and a fan-out over the
 * five experiments. It shows early cutoff: the cleaning stage reads the file again whenever a byte of it changes, and
 * nothing below runs unless the cleaned measurements differ. An edit of one experiment leaves the other four alone. The
 * result is many standard errors from today's value: the measurements share errors that a bootstrap cannot see.
 *
 *     restage run pipelines/light
 */
import { externalFile, pipeline } from 'restage';
import { z } from 'zod';
import { clean, compare, estimate, oneExperiment } from './stages.ts';

export default pipeline({
  name: 'light',
  description: "The speed of light from Michelson's measurements of 1879",
  params: z.strictObject({
    // A CSV file with the columns experiment, run and speed_kms; default: the one beside this file.
    file: z.string().optional(),
    experiments: z.int().min(2).default(5),
    // Measurements outside of these bounds, in km/s, are dropped.
    slowest: z.number().default(299_000),
    fastest: z.number().default(301_000),
    bootstrapSamples: z.int().min(2).default(2_000),
  }),
  build(p, { file, experiments, slowest, fastest, bootstrapSamples }) {
    const { measurements } = p.add(clean, {
      params: { slowest, fastest },
      inputs: { file: externalFile(file ?? `${p.directory}/michelson-1879.csv`) },
    }).out;
    const estimates = Array.from({ length: experiments }, (_, index) => {
      const key = { experiment: index + 1 };
      const { speeds } = p.add(oneExperiment, { key, params: key, inputs: { measurements } }).out;
      return p.add(estimate, { key, params: { samples: bootstrapSamples }, inputs: { speeds } }).out.speed;
    });
    return { speed: p.add(compare, { inputs: { estimates } }).out.speed };
  },
});
