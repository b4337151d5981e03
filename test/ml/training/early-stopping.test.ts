import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { EarlyStopping, type EarlyStoppingOptions } from '../../../src/ml/training/early-stopping.ts';

/** The sub-epoch after which a training with these losses stops: four steps a sub-epoch, three sub-epochs an epoch. */
function stopsAfter(losses: readonly number[], options: EarlyStoppingOptions): number | undefined {
  const stopping = new EarlyStopping(options);
  return losses.findIndex((_, subEpoch) => stops(stopping, losses, subEpoch));
}

function stops(stopping: EarlyStopping, losses: readonly number[], subEpoch: number): boolean {
  const bestLoss = Math.min(...losses.slice(0, subEpoch + 1));
  return stopping.stopWhen({
    subEpoch,
    steps: 4 * (subEpoch + 1),
    epochSubEpochs: 3,
    loss: losses[subEpoch]!,
    bestLoss,
    bestSubEpoch: losses.lastIndexOf(bestLoss, subEpoch),
  });
}

const rising = [2, 1, ...Array.from({ length: 30 }, () => 3)];

describe('early stopping', () => {
  test.each([
    [{ count: 5, unit: 'sub-epochs' }, 6],
    [{ count: 2, unit: 'epochs' }, 7],
    [{ count: 8, unit: 'steps' }, 3],
    [{ count: 9, unit: 'steps' }, 4],
  ] as const)('counts in its unit: %o', (patience, last) => {
    expect(stopsAfter(rising, { patience })).toBe(last);
  });

  test('counts ends of cycles: a best at an end is before the next one, a best within a cycle before its own', () => {
    // Cycles of 5 end after sub-epochs 4, 9, 14.
    const patience = { count: 2, unit: 'cycles' } as const;
    const best = (at: number): number[] =>
      Array.from({ length: 30 }, (_, subEpoch) => (subEpoch === at ? 1 : 2 + subEpoch));
    const ends = [3, 4, 5, 8, 9].map((at) => stopsAfter(best(at), { patience, cycles: { steps: 5 } }));
    expect(ends).toEqual([9, 14, 14, 14, 19]);
  });

  test('takes a loss that is as low for an improvement, unless a least one is asked for', () => {
    const flat = Array.from({ length: 10 }, () => 1);
    const patience = { count: 3, unit: 'sub-epochs' } as const;
    expect(stopsAfter(flat, { patience })).toBe(-1);
    expect(stopsAfter(flat, { patience, leastImprovement: 1e-9 })).toBe(3);
  });

  test('adds small improvements up until they are the least one', () => {
    const slow = Array.from({ length: 20 }, (_, subEpoch) => 1 - 0.25 * subEpoch);
    const patience = { count: 2, unit: 'sub-epochs' } as const;
    expect(stopsAfter(slow, { patience, leastImprovement: 0.25 })).toBe(-1);
    expect(stopsAfter(slow, { patience, leastImprovement: 0.5 })).toBe(-1);
    expect(stopsAfter(slow, { patience, leastImprovement: 0.75 })).toBe(2);
    expect(stopsAfter(slow, { patience: { ...patience, count: 3 }, leastImprovement: 0.75 })).toBe(-1);
  });

  test('goes on from what it saved as if it had never stopped, and forgets it at a new start', () => {
    const options = { patience: { count: 4, unit: 'sub-epochs' }, leastImprovement: 0.5 } as const;
    const losses = [2, 1, 0.9, 0.8, 0.7, 0.6, 0.55];
    const first = new EarlyStopping(options);
    for (let subEpoch = 0; subEpoch < 4; subEpoch++) expect(stops(first, losses, subEpoch)).toBe(false);
    const second = new EarlyStopping(options);
    second.restore(structuredClone(first.save()));
    second.atStart({ subEpoch: 4 } as never);
    expect(stops(second, losses, 5)).toBe(true);
    second.atStart({ subEpoch: 0 } as never);
    expect(stops(second, losses, 5)).toBe(false);
    expect(() => {
      second.restore({ loss: 'low' });
    }).toThrow(DataError);
  });

  test('refuses what it cannot count, in one sentence', () => {
    const patience = { count: 5, unit: 'cycles' } as const;
    expect(() => new EarlyStopping({ patience })).toThrow('Patience counts cycles; the schedule has none.');
    expect(() => new EarlyStopping({ patience: { count: 0, unit: 'epochs' } })).toThrow(
      'Patience is a whole number of at least 1 epochs, not 0.',
    );
    expect(() => new EarlyStopping({ patience: { count: 1, unit: 'steps' }, leastImprovement: -1 })).toThrow(
      'The least improvement is a number of at least 0, not -1.',
    );
  });
});
