/** Follows the orbit by one method with a number of steps, and fits the order of each method to its errors. */
import { json, many, stage } from 'restage';
import { log } from 'restage/ml';
import { z } from 'zod';
import { ADVANCE, METHODS, type Method, type Planet } from './methods.ts';

/** The distance between where the planet should be after one orbit and where it is; the long half-axis is 1. */
export interface OrbitError {
  readonly method: Method;
  readonly steps: number;
  readonly error: number;
}

export const followOrbit = stage({
  name: 'orbit/follow-orbit',
  description: 'Follows the planet once around the star; it should return to its start.',
  params: z.strictObject({ method: z.enum(METHODS), steps: z.int().positive(), eccentricity: z.number() }),
  inputs: {},
  outputs: { error: json<OrbitError>() },
  run({ params: { method, steps, eccentricity: e }, metric }) {
    const start: Planet = [1 - e, 0, 0, Math.sqrt((1 + e) / (1 - e))];
    let planet = start;
    for (let step = 0; step < steps; step++) planet = ADVANCE[method](planet, (2 * Math.PI) / steps);
    const [dx, dy] = [planet[0] - start[0], planet[1] - start[1]];
    const error = Math.sqrt(dx * dx + dy * dy);
    metric('error', error);
    return { error: { method, steps, error } };
  },
});

export const fitOrder = stage({
  name: 'orbit/fit-order',
  description: 'The order of each method: the slope of log(error) over log(1 / steps), by least squares.',
  params: z.strictObject({}),
  inputs: { errors: many(json<OrbitError>()) },
  outputs: { order: json<Record<string, number>>() },
  async run({ inputs }) {
    const errors = await Promise.all(inputs.errors.map((input) => input.read()));
    const slopeOf = (method: Method) => slope(errors.filter((each) => each.method === method));
    return { order: Object.fromEntries(METHODS.map((method) => [method, slopeOf(method)])) };
  },
});

// JavaScript leaves the bits of Math.log to each engine; log of restage/ml gives the same ones everywhere.
function slope(errors: readonly OrbitError[]): number {
  const middle = errors.reduce((sum, { steps }) => sum - log(steps), 0) / errors.length;
  const points = errors.map(({ steps, error }) => [-log(steps) - middle, log(error)] as const);
  return points.reduce((sum, [x, y]) => sum + x * y, 0) / points.reduce((sum, [x]) => sum + x * x, 0);
}
