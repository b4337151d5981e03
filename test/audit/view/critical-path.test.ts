import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { criticalPath, type Work } from '../../../src/audit/view/critical-path.ts';

/** Whole seconds, so that sums are exact in any order. */
const work = fc
  .array(fc.record({ seconds: fc.nat(9), from: fc.array(fc.nat(1_000_000), { maxLength: 3 }) }), { maxLength: 12 })
  .map((nodes): Work => ({
    seconds: nodes.map(({ seconds }) => seconds),
    inputs: nodes.map(({ from }, index) => (index === 0 ? [] : [...new Set(from.map((each) => each % index))])),
  }));

/** By trying every path. */
function slowest({ seconds, inputs }: Work): number {
  const lengthTo = (index: number): number => seconds[index]! + Math.max(0, ...inputs[index]!.map(lengthTo));
  return Math.max(0, ...seconds.map((_, index) => lengthTo(index)));
}

describe('the critical path', () => {
  test('is as long as the longest of all paths, and made of nodes that wait for each other', () => {
    fc.assert(
      fc.property(work, (given) => {
        const path = criticalPath(given);
        expect(path.seconds).toBe(slowest(given));
        expect(path.nodes.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(path.seconds);
      }),
    );
  });

  test('says how much shorter it gets if one of its nodes takes no time', () => {
    fc.assert(
      fc.property(work, (given) => {
        for (const { index, potential } of criticalPath(given).nodes) {
          const without = { ...given, seconds: given.seconds.map((each, at) => (at === index ? 0 : each)) };
          expect(potential).toBe(slowest(given) - slowest(without));
        }
      }),
    );
  });

  test('of 10,000 nodes in a chain is found without a deep stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => (index === 0 ? [] : [index - 1]));
    const path = criticalPath({ seconds: chain.map(() => 1), inputs: chain });
    expect(path).toMatchObject({ seconds: 10_000 });
    expect(path.nodes.every(({ potential }) => potential === 1)).toBe(true);
  });
});
