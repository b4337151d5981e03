/**
 * When something is looked at: sooner where it changes, never twice at once, and never for more than its share of the
 * time.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Found, Looks, type LooksOptions } from '../../../src/executors/batch/looks.ts';

let at: number[];
let looks: Looks;
beforeEach(() => {
  vi.useFakeTimers();
  at = [];
});
afterEach(() => {
  looks.stop();
  vi.useRealTimers();
});

function begin(look: () => Found | Promise<Found>, more: Partial<LooksOptions> = {}): void {
  const began = performance.now();
  looks = new Looks({
    ...{ shortestMs: 100, longestMs: 150, ...more },
    look: () => {
      at.push(performance.now() - began);
      return look();
    },
  });
}

test('the next look is put off while nothing changes, up to a limit, and comes soon again when something has changed', async () => {
  const found: Found[] = ['nothing-new', 'nothing-new', 'nothing-new', 'nothing-new', 'news', 'nothing-left'];
  begin(() => found.shift()!);
  looks.soon();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(at.map(Math.round)).toEqual([100, 220, 364, 514, 664, 764]);
});

test('what is about to change brings a look forward that is due later, and puts none off', async () => {
  begin(() => 'nothing-new', { longestMs: 10_000 });
  looks.soon();
  await vi.advanceTimersByTimeAsync(3000);
  const count = at.length;
  for (let i = 0; i < 5; i++) {
    looks.soon();
    await vi.advanceTimersByTimeAsync(30);
  }
  expect(at.length - count).toBe(1);
});

test('what has changed is looked at now, or as soon as the look that goes on is done', async () => {
  let answer: (found: Found) => void = () => undefined;
  begin(() => new Promise((resolve) => (answer = resolve)));
  looks.now();
  await vi.advanceTimersByTimeAsync(0);
  looks.now();
  await vi.advanceTimersByTimeAsync(500);
  expect(at).toEqual([0]);
  answer('nothing-new');
  await vi.advanceTimersByTimeAsync(0);
  expect(at).toEqual([0, 500]);
});

test('looks take no more than their share of the time, whatever they find', async () => {
  const look = async (): Promise<Found> => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'news';
  };
  begin(look, { share: 0.05 });
  looks.now();
  await vi.advanceTimersByTimeAsync(2500);
  expect(at.map(Math.round)).toEqual([0, 1000, 2000]);
});
