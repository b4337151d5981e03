import { expect, test } from 'vitest';
import { Budget } from '../../../src/execution/scheduling/budget.ts';

function budget(limits: ConstructorParameters<typeof Budget>[0], history: Readonly<Record<string, number>> = {}) {
  const clock = { elapsed: 0 };
  return {
    clock,
    budget: new Budget(
      limits,
      () => clock.elapsed,
      (stage) => history[stage],
    ),
  };
}

test('refuses what would end after the limit of time, and lets what is shorter start', () => {
  const { clock, budget: of } = budget({ time: 60 }, { fit: 30, score: 5 });
  expect(of.exceeded('fit', [])).toBeUndefined();
  clock.elapsed = 31;
  expect(of.exceeded('fit', [])).toBe('time');
  expect(of.exceeded('score', [])).toBeUndefined();
  clock.elapsed = 60;
  expect(of.exceeded('score', [])).toBe('time');
});

test('counts what runs as spent, and what has ended by what it took', () => {
  const { budget: of } = budget({ cost: 100 }, { fit: 40 });
  expect(of.exceeded('fit', ['fit'])).toBeUndefined();
  expect(of.exceeded('fit', ['fit', 'fit'])).toBe('cost');
  of.took('fit', 10);
  // In this run it takes 10 seconds.
  expect(of.exceeded('fit', ['fit', 'fit'])).toBeUndefined();
  of.took('fit', 90);
  expect(of.exceeded('fit', [])).toBe('cost');
});

test('lets a stage that never ran start as long as anything is left', () => {
  const { clock, budget: of } = budget({ time: 10, cost: 10 });
  expect(of.exceeded('new', ['new', 'new'])).toBeUndefined();
  of.took('new', 10);
  expect(of.exceeded('newer', [])).toBe('cost');
  clock.elapsed = 10;
  expect(of.exceeded('newer', [])).toBe('time');
});
