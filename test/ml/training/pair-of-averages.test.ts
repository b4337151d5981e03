import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { type Mean, PairOfAverages } from '../../../src/ml/training/pair-of-averages.ts';

const tickOf = (value: number): Float32Array => Float32Array.of(value);
/** The closer a mean is to 0, the better it is. */
const distance = ({ values }: Mean): Promise<number> => Promise.resolve(Math.abs(values[0]!));

/** The incumbent after each tick, as [mean, count]. */
async function incumbents(pair: PairOfAverages, weights: readonly number[]): Promise<readonly (readonly number[])[]> {
  const seen: number[][] = [];
  for (const value of weights) {
    await pair.tick(tickOf(value), distance);
    seen.push(pair.incumbent === null ? [] : [pair.incumbent.values[0]!, pair.incumbent.count]);
  }
  return seen;
}

describe('a pair of averages', () => {
  test('lets the challenger replace the incumbent if it is better, else wait longer, as worked out by hand', async () => {
    const pair = new PairOfAverages({ start: 1, renewal: 2 });
    const found = await incumbents(pair, [99, 8, 4, 0, 2, 2, 10, 10, 0, 0, 0, 0]);
    const expected = [
      [], // not yet
      [8, 1],
      [6, 2],
      [4, 3], // more than 2: the challenger begins as 0
      [3.5, 4], // the challenger: (0 + 2) / 2
      [4 / 3, 3], // (0 + 2 + 2) / 3 beats 16 / 5; a new challenger begins as 2
      [3.5, 4],
      [4.8, 5], // (2 + 10 + 10) / 3 does not beat it: the next has to take in more than 2 x 2; it begins as 10
      [4, 6],
      [24 / 7, 7],
      [3, 8],
      [2, 5], // 10 / 5 beats 24 / 9
    ];
    expect(found.map(([, count]) => count)).toEqual(expected.map(([, count]) => count));
    for (const [i, [mean]] of found.entries()) if (mean !== undefined) expect(mean).toBeCloseTo(expected[i]![0]!, 12);
    expect(pair.replacements).toBe(2);
  });

  test('without a renewal period is the plain mean of all since the start', async () => {
    const pair = new PairOfAverages({ start: 2 });
    await incumbents(pair, [50, 60, 1, 2, 6, 100, 0, 0, 0, 0, 0]);
    expect(pair.incumbent!.values[0]).toBeCloseTo(109 / 9, 12);
    expect(pair.incumbent!.count).toBe(9);
  });

  test('follows the rule for any losses, without a tick twice or from before the start', async () => {
    const ticks = 60;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          start: fc.nat(8),
          renewal: fc.integer({ min: 1, max: 7 }),
          table: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 97, maxLength: 97 }),
        }),
        async ({ start, renewal, table }) => {
          // A loss for each set of ticks in an average, the same for the same set.
          const lossOf = (ofTicks: readonly number[]): number =>
            table[ofTicks.reduce((hash, t) => (31 * hash + t + 1) % 97, 7)]!;
          const pair = new PairOfAverages({ start, renewal });
          const rule = byTheRule({ start, renewal, ticks, lossOf });
          for (let t = 0; t < ticks; t++) {
            const weights = Float32Array.from({ length: ticks }, (_, i) => (i === t ? 1 : 0));
            await pair.tick(weights, (mean) => Promise.resolve(lossOf(ticksIn(mean))));
            expect(pair.incumbent === null ? [] : ticksIn(pair.incumbent)).toEqual(rule[t]);
            expect(pair.incumbent?.count ?? 0).toBe(rule[t]!.length);
          }
        },
      ),
    );
  });

  test('continues from its saved state as if it had not stopped', async () => {
    const weights = Array.from({ length: 40 }, (_, i) => ((i * 7919) % 23) - 11);
    const whole = new PairOfAverages({ start: 2, renewal: 3 });
    const expected = await incumbents(whole, weights);
    for (let at = 0; at <= 40; at++) {
      const first = new PairOfAverages({ start: 2, renewal: 3 });
      await incumbents(first, weights.slice(0, at));
      const saved = first.save();
      const kept = structuredClone(saved);
      await incumbents(first, [1000]);
      // The saved state does not change with the pair.
      expect(saved).toEqual(kept);
      const second = new PairOfAverages({ start: 2, renewal: 3 });
      second.restore(saved);
      expect(await incumbents(second, weights.slice(at))).toEqual(expected.slice(at));
      expect(second.save()).toEqual(whole.save());
    }
  });

  test('refuses numbers and checkpoints that make no sense', () => {
    expect(() => new PairOfAverages({ start: -1, renewal: 2 })).toThrow(
      'The start of an average must be a whole number of at least 0, not -1.',
    );
    expect(() => new PairOfAverages({ start: 1, renewal: 0 })).toThrow(
      'The renewal period of an average must be a whole number of at least 1, not 0.',
    );
    const pair = new PairOfAverages({ start: 1 });
    for (const saved of [null, 3, {}, { ticks: 1, incumbent: {}, challenger: null, cycles: 1, replacements: 0 }])
      expect(() => pair.restore(saved)).toThrow(DataError);
  });
});

/** The rule with lists of ticks instead of means: the incumbent's ticks after each tick. */
function byTheRule({
  start,
  renewal,
  ticks,
  lossOf,
}: {
  start: number;
  renewal: number;
  ticks: number;
  lossOf: (ofTicks: readonly number[]) => number;
}): readonly (readonly number[])[] {
  let incumbent: number[] = [];
  let challenger: number[] = [];
  let cycles = 1;
  return Array.from({ length: ticks }, (_, t) => {
    if (t < start) return [];
    incumbent = [...incumbent, t];
    if (incumbent.length > renewal) challenger = [...challenger, t];
    if (challenger.length > cycles * renewal) {
      if (lossOf(challenger) < lossOf(incumbent)) {
        incumbent = challenger;
        cycles = 1;
      } else cycles += 1;
      challenger = [t];
    }
    return incumbent;
  });
}

/** Tick t has weights that are 1 at t and 0 elsewhere, so a mean shows its ticks. */
function ticksIn({ values }: Mean): readonly number[] {
  return Array.from(values.keys()).filter((t) => values[t]! > 1e-6);
}
