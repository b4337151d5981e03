import { describe, expect, test } from 'vitest';
import type { ExecutorEvent, Task, Usage } from '../../../src/executors/contract.ts';
import { RunningTasks } from '../../../src/executors/worker/parent/running-tasks.ts';

const task = (id: string): Task => ({ id, timeoutSeconds: null }) as Task;
const ended = (id: string, endedAt: number): Extract<ExecutorEvent, { readonly type: 'succeeded' }> => {
  const usage: Usage = { startedAt: 1000, endedAt, cpuSeconds: null, peakBytes: null };
  return { type: 'succeeded', task: id, outputs: [], backend: null, usage };
};
const tasks = (...ids: readonly string[]): RunningTasks => new RunningTasks(ids.map(task), 1000, () => undefined);

describe('the share of the time', () => {
  test('of each is what it took divided by those that went on, so that shares add up to the whole', () => {
    const running = tasks('a', 'b', 'c');
    // 6 s of three, 4 s of two, 5 s of one.
    const shares = [ended('b', 7000), ended('a', 11_000), ended('c', 16_000)].map(
      (event) => running.end(event).usage.seconds,
    );
    expect(shares).toEqual([2, 4, 9]);
    expect(running.goingOn).toEqual([]);
  });

  test('is no less for one whose end is told after that of another that ended later', () => {
    const running = tasks('a', 'b');
    expect(running.end(ended('a', 5000)).usage.seconds).toBe(2);
    expect(running.end(ended('b', 4000)).usage.seconds).toBe(2);
  });

  test('is not reported of a task that had its process for itself', () => {
    const running = tasks('a');
    running.measured(1.5, 4096);
    expect(running.usage(3000)).toEqual({ startedAt: 1000, endedAt: 3000, cpuSeconds: 1.5, peakBytes: 4096 });
    const event = ended('a', 3000);
    expect(running.end(event)).toBe(event);
  });
});
