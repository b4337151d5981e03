/**
 * Mutations of a project's code. Those of everything else are in a file of their own, so that both run at the same
 * time.
 */
import { CODE } from './mutations/code.ts';
import { testMutations } from './mutations/test-mutations.ts';

testMutations(CODE);
