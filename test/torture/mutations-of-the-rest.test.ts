/** Mutations of a project's parameters, shape and packages. */
import { expect, test } from 'vitest';
import { CODE } from './mutations/code.ts';
import { PACKAGES } from './mutations/packages.ts';
import { PARAMETERS } from './mutations/parameters.ts';
import { SHAPE } from './mutations/shape.ts';
import { testMutations } from './mutations/test-mutations.ts';

const REST = [...PARAMETERS, ...SHAPE, ...PACKAGES];
const ALL = [...REST, ...CODE];

test('at least 120 mutations are made, and each has a name of its own', () => {
  expect(ALL.length).toBeGreaterThanOrEqual(120);
  expect(new Set(ALL.map(({ what }) => what)).size).toBe(ALL.length);
});

testMutations(REST);
