/**
 * How many tasks are under way while nobody knows how long they take, and what later jobs get that earlier ones lacked.
 */
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { BatchQueue } from '../../../src/executors/batch/batch-queue.ts';
import { failure } from '../../../src/executors/attempt/failure.ts';
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

test('a task that ran out of time has twice the time in its next job, and those that share the job have as much as before', () => {
  const queue = new BatchQueue({ unitSeconds: 100, scouts: 4, spread: 1 });
  const resources = { needs: { cpus: 1, memoryMiB: 1000, gpus: 0 }, seconds: 1, options: {} };
  const tasks = ['late', 'a', 'b'].map((id) => ({ ...task(id), timeoutSeconds: 600, resources }));
  const planned = () => {
    for (const each of tasks) queue.add(each);
    queue.plan();
    return queue.next()!;
  };
  const before = planned();
  for (const each of tasks) queue.end(each, undefined);
  queue.learn(tasks[0]!, { failure: failure('timeout', 'Too late.') }, { lost: null, was: null });
  const after = planned();
  expect(after.timeouts).toEqual([1200, 600, 600]);
  // Its policy is as it was: a task that moves to another job has no more time by that.
  expect(after.tasks).toEqual(before.tasks);
  expect(after.needs).toEqual({ ...before.needs, seconds: before.needs.seconds! + 600 });
});

test.each([
  ['n1', 'own-name', ['n1']],
  [null, 'own-name', ['own-name']],
  ['an unknown host', 'own-name', ['own-name']],
  ['an unknown host', 'no name', []],
])(
  'a host that refuses is left out by the name that the system has for it, or by its own: %s, %s',
  (was, ofHost, avoid) => {
    const queue = new BatchQueue({ unitSeconds: 100, scouts: 4, spread: 1 });
    const computes = { name: 'b', version: '1', device: 'H200', driver: 'd', digest: sha256('H200') };
    const refused = { ...task('a'), computes };
    queue.learn(refused, { failure: failure('lost', 'It has another GPU.'), ofHost }, { lost: null, was });
    queue.add({ ...refused, id: 'b' });
    queue.plan();
    expect(queue.next()!.avoid).toEqual(avoid);
  },
);
