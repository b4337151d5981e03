import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Lockstep } from '../../../src/ml/training/lockstep.ts';

const MINUTES = 60_000;
const members = [{}, {}, {}] as const;

describe('trainers that take their steps together', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  beforeEach(() => {
    vi.useFakeTimers();
    warn.mockClear();
  });
  afterEach(() => vi.useRealTimers());

  const lockstep = () => new Lockstep<object, number>(members, () => undefined);
  const said = (): readonly unknown[] => warn.mock.calls.map(([line]) => line as unknown);

  test('say which of them holds up the others, once, after a while', () => {
    const together = lockstep();
    for (const member of members) together.push(member, 0);
    together.push(members[0], 1);
    together.push(members[2], 1);
    vi.advanceTimersByTime(MINUTES);
    together.push(members[0], 2);
    vi.advanceTimersByTime(MINUTES - 1);
    expect(said()).toEqual([]);
    vi.advanceTimersByTime(10 * MINUTES);
    expect(said()).toEqual([
      'Of 3 trainers that take their steps together, counted from 0, number 1 has taken none for 120 s, and the others wait; if its training has ended or never began, dispose of it.',
    ]);
  });

  test('say it again of others, and of several at once', () => {
    const together = lockstep();
    together.push(members[0], 0);
    vi.advanceTimersByTime(2 * MINUTES);
    together.push(members[1], 0);
    together.push(members[2], 0);
    together.push(members[2], 1);
    vi.advanceTimersByTime(2 * MINUTES);
    expect(said()).toEqual([
      expect.stringContaining('numbers 1, 2 have taken none for 120 s, and the others wait; if their trainings'),
      expect.stringContaining('numbers 0, 1 have taken none'),
    ]);
  });

  test('say nothing as long as steps are taken, nor once nobody waits', () => {
    const together = lockstep();
    for (let n = 0; n < 5; n++) {
      together.push(members[0], n);
      together.push(members[1], n);
      vi.advanceTimersByTime(MINUTES);
      together.push(members[2], n);
    }
    vi.advanceTimersByTime(10 * MINUTES);
    together.push(members[0], 5);
    for (const member of members) together.leave(member, () => undefined);
    vi.advanceTimersByTime(10 * MINUTES);
    expect(said()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
