import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Policies } from '../../../src/core/graph/policies.ts';

const options = fc.record(
  {
    key: fc.record({ fold: fc.nat({ max: 3 }) }),
    inputs: fc.constant({}),
    executor: fc.constantFrom('worker', 'in-process'),
    cpus: fc.constantFrom(1, 2),
    pools: fc.record({ licence: fc.nat({ max: 1 }) }),
    priority: fc.constantFrom(0, 1),
  },
  { requiredKeys: [] },
);

test('every node gets the policy that it was given, whatever the nodes before it were given', () => {
  fc.assert(
    fc.property(fc.array(options, { maxLength: 8 }), (nodes) => {
      const policies = new Policies();
      for (const given of nodes) {
        const policy = Object.entries(given).filter(([name]) => name !== 'key' && name !== 'inputs');
        expect(policies.of('n', given)).toEqual(Object.fromEntries(policy));
      }
    }),
  );
});

test('a wrong policy is refused after a right one, and a list of pools that changed is looked at again', () => {
  const policies = new Policies();
  const pools: Record<string, number> = { licence: 1 };
  policies.of('a', { executor: 'worker', pools });
  pools['licence'] = Number.NaN;
  expect(() => policies.of('b', { executor: 'worker', pools })).toThrow('The policy pools.licence of node b is NaN');
  expect(() => policies.of('c', { executor: 'worker', cpu: 1 })).toThrow('Node c has no option cpu');
});
