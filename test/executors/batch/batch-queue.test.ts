/** How many tasks are under way while nobody knows how long they take. */
import { expect, test } from 'vitest';
import { BatchQueue } from '../../../src/executors/batch/batch-queue.ts';
import type { Task } from '../../../src/executors/contract.ts';

const task = (id: string): Task => ({ id, stage: 's', cacheKey: id, timeoutSeconds: null }) as Task;

test('a task that has moved too often counts as under way once, and gives its place back once', () => {
  const queue = new BatchQueue({ unitSeconds: 100, scouts: 4, spread: 8 });
  const lost = task('lost');
  queue.add(lost);
  let moves = 0;
  do {
    queue.plan();
    expect(queue.next()?.tasks).toEqual([lost]);
    moves++;
  } while (queue.move(lost));
  expect(moves).toBe(4);
  queue.end(lost, undefined);
  for (let i = 0; i < 10; i++) queue.add(task(String(i)));
  queue.plan();
  let units = 0;
  while (queue.next() !== undefined) units++;
  expect(units).toBe(4);
});
