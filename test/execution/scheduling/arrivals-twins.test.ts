/** Twins of a node, which are made with it: whether others wait for what is below them. */
import { describe, expect, test } from 'vitest';
import type { Scheduler } from '../../../src/execution/scheduling/scheduler.ts';
import { Bench, MACHINE, plain, train } from './arrivals-bench.ts';

describe('a twin, which is made when another node with its key is,', () => {
  /** Queues what is ready except for a twin, and starts what may start. */
  function withTwin(bench: Bench, maker: number, twin: number): readonly (readonly number[])[] {
    for (const ready of bench.scheduler.takeReady())
      if (ready === twin) bench.scheduler.isTwinOf(maker, twin);
      else bench.scheduler.queue(ready);
    return bench.start();
  }

  test('is nothing that a node waits for as long as that one is only queued', () => {
    // One processor, which 3 has itself.
    const first = { priority: 1 };
    const bench = new Bench([plain([], first), plain(), plain(), train([0], first), train([1]), train([2])], {
      ...MACHINE,
      cpus: 1,
    });
    expect(withTwin(bench, 1, 2)).toEqual([[0]]);
    expect(bench.later(100, 0)).toEqual([[3]]);
  });

  test('is waited for while that one is made, whatever is below that', () => {
    const bench = new Bench([plain(), plain(), plain(), train([0]), plain([1]), train([2])]);
    expect(withTwin(bench, 1, 2)).toEqual([[0], [1]]);
    expect(bench.later(100, 0)).toEqual([]);
    expect(bench.scheduler.held).toMatchObject({ node: 3, more: 1, until: 1200 });
    expect(bench.later(10, 1, 2)).toEqual([[3, 5], [4]]);
  });

  test('is waited for while its state is on its way, or once it is made itself', () => {
    const nodes = [plain(), plain(), plain(), train([0]), plain([1]), train([2])];
    for (const goOn of [
      (scheduler: Scheduler) => scheduler.isOnItsWay(2),
      (scheduler: Scheduler) => scheduler.queue(2),
    ]) {
      const bench = new Bench(nodes);
      withTwin(bench, 1, 2);
      bench.scheduler.fail(1);
      goOn(bench.scheduler);
      bench.start();
      expect(bench.later(100, 0)).toEqual([]);
      expect(bench.scheduler.held).toMatchObject({ node: 3, more: 1 });
      expect(bench.later(10, 2)).toEqual([[3, 5]]);
    }
  });

  test('was prepared for as long as that one', () => {
    const bench = new Bench([plain(), plain(), plain(), plain([0]), train([1]), train([2])]);
    expect(withTwin(bench, 0, 1)).toEqual([[0], [2]]);
    expect(bench.later(100, 0, 1)).toEqual([[3]]);
    expect(bench.scheduler.held).toMatchObject({ node: 4, more: 1, until: 1200 });
  });
});
