/** From the file of measurements to the speed of light, in km/s: clean, pick one experiment, estimate, compare. */
import { DataError, file, json, many, stage, table, tableOf } from 'restage';
import { readCsv } from 'restage/io';
import { z } from 'zod';

/** A speed and its standard error, in km/s. */
type Estimate = Readonly<Record<'value' | 'error', number>>;

export const clean = stage({
  name: 'light/clean',
  description: 'Reads the file, drops repeated lines and implausible speeds, and sorts what is left.',
  params: z.strictObject({ slowest: z.number(), fastest: z.number() }),
  inputs: { file: file() },
  outputs: { measurements: table<'experiment' | 'run' | 'speed'>() },
  async run({ params, inputs, log }) {
    const { path } = await inputs.file.read();
    const { columns, rows } = await readCsv(path, { experiment: 'int32', run: 'int32', speed_kms: 'float64' });
    const kept = new Map<string, readonly [experiment: number, run: number, speed: number]>();
    for (let row = 0; row < rows; row++) {
      const [experiment, run, speed] = [columns.experiment[row]!, columns.run[row]!, columns.speed_kms[row]!];
      if (!(speed >= params.slowest && speed <= params.fastest)) continue;
      const name = `experiment ${experiment}, run ${run}`;
      const before = kept.get(name);
      if (before !== undefined && before[2] !== speed)
        throw new DataError(`${path} has two speeds for ${name}: ${before[2]} and ${speed}.`);
      kept.set(name, [experiment, run, speed]);
    }
    log(`${kept.size} of ${rows} measurements kept`);
    const sorted = [...kept.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return {
      measurements: tableOf({
        experiment: Int32Array.from(sorted, ([experiment]) => experiment),
        run: Int32Array.from(sorted, ([, run]) => run),
        speed: Float64Array.from(sorted, ([, , speed]) => speed),
      }),
    };
  },
});

export const oneExperiment = stage({
  name: 'light/one-experiment',
  description: 'Picks the measurements of one experiment.',
  params: z.strictObject({ experiment: z.int() }),
  inputs: { measurements: table<'experiment' | 'speed'>() },
  outputs: { speeds: table<'speed'>() },
  async run({ params, inputs }) {
    const { experiment, speed } = (await inputs.measurements.read()).columns;
    const speeds = Float64Array.from(speed).filter((_, row) => experiment[row] === params.experiment);
    if (speeds.length < 2) throw new DataError(`Experiment ${params.experiment} has fewer than two measurements.`);
    return { speeds: tableOf({ speed: speeds }) };
  },
});

export const estimate = stage({
  name: 'light/estimate',
  description: 'The mean speed, with its error from bootstrap samples.',
  params: z.strictObject({ samples: z.int().min(2) }),
  inputs: { speeds: table<'speed'>() },
  outputs: { speed: json<Estimate>() },
  random: true,
  async run({ params, inputs, rng }) {
    const { rows, columns } = await inputs.speeds.read();
    const random = rng('bootstrap');
    const draw = (): number => columns.speed[random.integer(rows)]!;
    const means = Array.from({ length: params.samples }, () => mean(Array.from({ length: rows }, draw)));
    const centre = mean(means);
    const error = Math.sqrt(mean(means.map((each) => (each - centre) * (each - centre))));
    return { speed: { value: mean(columns.speed), error } };
  },
});

export const compare = stage({
  name: 'light/compare',
  description: 'The weighted mean of the experiments, how well they agree, and how far it is from the value of today.',
  params: z.strictObject({}),
  inputs: { estimates: many(json<Estimate>()) },
  outputs: {
    speed: json<{
      experiments: Record<string, Estimate>;
      inAir: Estimate;
      inVacuum: Estimate;
      chiSquaredPerDegree: number;
      standardErrorsFromToday: number;
    }>(),
  },
  async run({ inputs }) {
    const estimates = await Promise.all(inputs.estimates.map((input) => input.read()));
    const weights = estimates.map(({ error }) => 1 / (error * error));
    const weight = weights.reduce((sum, each) => sum + each, 0);
    const value = estimates.reduce((sum, each, i) => sum + weights[i]! * each.value, 0) / weight;
    const inAir = { value, error: Math.sqrt(1 / weight) };
    const pulls = estimates.map((each) => (each.value - value) / each.error);
    // Michelson added 92 km/s for the air; today's value is exact, by the definition of the metre.
    const inVacuum = { value: value + 92, error: inAir.error };
    return {
      speed: {
        experiments: Object.fromEntries(estimates.map((each, index) => [String(index + 1), each])),
        inAir,
        inVacuum,
        chiSquaredPerDegree: pulls.reduce((sum, pull) => sum + pull * pull, 0) / (estimates.length - 1),
        standardErrorsFromToday: (inVacuum.value - 299_792.458) / inVacuum.error,
      },
    };
  },
});

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
