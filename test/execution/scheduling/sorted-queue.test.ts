import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedQueue } from '../../../src/execution/scheduling/sorted-queue.ts';

const order = (queue: SortedQueue): readonly number[] => Array.from({ length: queue.size }, (_, i) => queue.at(i));

test('a queue keeps its order, whatever comes and leaves', () => {
  const step = fc.record({ add: fc.boolean(), draw: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new SortedQueue((a, b) => a < b);
      const model: number[] = [];
      for (const { add, draw } of steps) {
        const node = draw % 100;
        if (add && !model.includes(node)) {
          queue.add(node);
          model.push(node);
          model.sort((a, b) => a - b);
        } else if (model.length > 0) {
          const position = draw % model.length;
          if (add) queue.removeAt(position);
          else queue.remove(model[position]!);
          model.splice(position, 1);
        }
        expect(order(queue)).toEqual(model);
      }
    }),
  );
});

test('thousands that leave from the front, some of which come back, are in order too', () => {
  const queue = new SortedQueue((a, b) => a < b);
  for (let node = 0; node < 5000; node++) queue.add(node);
  const left: number[] = [];
  while (queue.size > 0) {
    const first = queue.at(0);
    queue.removeAt(0);
    // As a node whose turn came too early.
    if (first % 1000 === 7 && left.at(-1) !== -first) {
      queue.add(first);
      left.push(-first);
    } else left.push(first);
  }
  expect(left.filter((node) => node >= 0)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});
