import fc from 'fast-check';
import { expect, test } from 'vitest';
import { consumersOf } from '../../../src/core/graph/consumers.ts';

/** By node, what it depends on: nodes, which may repeat, or -1 for something else. */
const dependencies = fc.integer({ min: 0, max: 10 }).chain((count) =>
  fc.array(fc.array(fc.integer({ min: -1, max: count - 1 }), { maxLength: 5 }), {
    minLength: count,
    maxLength: count,
  }),
);

test('each node is a consumer of what it depends on, once, in the order of nodes', () => {
  fc.assert(
    fc.property(dependencies, (lists) => {
      const { start, list } = consumersOf(lists.length, (node) => lists[node]!);
      for (const producer of lists.keys()) {
        const expected = [...lists.keys()].filter((consumer) => lists[consumer]!.includes(producer));
        expect([...list.subarray(start[producer], start[producer + 1])]).toEqual(expected);
      }
      expect(start[lists.length]).toBe(list.length);
    }),
  );
});
