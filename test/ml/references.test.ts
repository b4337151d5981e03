/** The float64 references of the trainers' tests, checked against central differences. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyBlockNetwork, known, sampleNumbers, sampleRows, training } from './block-networks.ts';
import { reference } from './reference-blocks.ts';
import { referenceGradient } from './reference-network.ts';
import { anySpec, sampleData, sampleParameters } from './samples.ts';

const seeds = fc.integer({ min: 0, max: 1e6 });

describe('the float64 reference', () => {
  test('has the gradient that central differences give, for every parameter', () => {
    const step = 1e-5;
    fc.assert(
      fc.property(anySpec, seeds, (spec, seed) => {
        const data = sampleData(spec, 4, seed);
        const parameters = Float64Array.from(sampleParameters(spec, seed));
        const exact = referenceGradient(spec, parameters, data).gradient;
        const lossWith = (i: number, change: number): number =>
          referenceGradient(
            spec,
            parameters.map((value, j) => (j === i ? value + change : value)),
            data,
          ).loss;
        const worst = Math.max(
          ...exact.map((value, i) => Math.abs((lossWith(i, step) - lossWith(i, -step)) / (2 * step) - value)),
        );
        // Truncation is of the order step^2 and rounding 1e-16 / step.
        expect(worst).toBeLessThan(2e-9 * Math.max(1, ...exact.map(Math.abs)));
      }),
      { numRuns: 40 },
    );
  });
});

describe('the float64 reference of networks of blocks', () => {
  test('has the gradient that central differences give, for every parameter', () => {
    const step = 1e-5;
    fc.assert(
      fc.property(anyBlockNetwork, seeds, (spec, seed) => {
        const data = sampleRows(spec, 4, seed);
        const numbers = known(spec, sampleNumbers(spec, seed));
        const mode = training(spec, 4, seed);
        const exact = reference(spec, numbers, data, mode).gradient;
        for (const [name, values] of exact) {
          for (const i of values.keys()) {
            const lossWith = (change: number): number => {
              const moved = Float64Array.from(numbers.get(name)!, (value, j) => (j === i ? value + change : value));
              return reference(spec, new Map([...numbers, [name, moved]]), data, mode).loss;
            };
            const found = (lossWith(step) - lossWith(-step)) / (2 * step);
            // A batch norm of four rows is steep: its third derivative makes the truncation.
            expect(Math.abs(found - values[i]!), name).toBeLessThan(1e-6 * Math.max(1, Math.abs(values[i]!)));
          }
        }
      }),
      { numRuns: 5, seed: 5 },
    );
  });
});
