import { describe, expect, test } from 'vitest';
import { ticksSinceBest } from '../../../src/ml/training/early-stopping.ts';

function since(bestSubEpoch: number, subEpoch: number, length?: number): number {
  const progress = { subEpoch, bestSubEpoch, steps: 0, loss: 1, bestLoss: 1 };
  return ticksSinceBest(progress, length === undefined ? undefined : { steps: length });
}

describe('the ticks since the best', () => {
  test('are sub-epochs', () => {
    expect(since(7, 7)).toBe(0);
    expect(since(7, 57)).toBe(50);
  });

  test('are ends of cycles if there are cycles', () => {
    // Cycles of 5 end after sub-epochs 4, 9, 14: a best at an end is before the next one, a best within a cycle before its own.
    expect(since(4, 8, 5)).toBe(0);
    expect(since(4, 9, 5)).toBe(1);
    expect(since(5, 9, 5)).toBe(1);
    expect(since(8, 9, 5)).toBe(1);
    expect(since(9, 9, 5)).toBe(0);
    expect(since(9, 58, 5)).toBe(9);
    expect(since(9, 59, 5)).toBe(10);
  });
});
