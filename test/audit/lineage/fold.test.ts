/** Steps of a lineage: what states that were made alike say together. */
import { expect, test } from 'vitest';
import { stepsOf } from '../../../src/audit/lineage/fold.ts';
import type { LineageState } from '../../../src/audit/lineage/lineage.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';

function stateOf(node: string, degree: string): LineageState {
  const digest = sha256(node);
  return {
    ...{ state: digest as unknown as LineageState['state'], node, stage: 'lab/fit', code: sha256('code'), run: 1 },
    ...{ worker: 'worker-1', startedAt: 0, seconds: 0, compute: null, inputs: [], outputs: [], observed: false },
    ...{ accesses: [], verified: null, packages: [], backend: null, runtime: null, seed: null, env: [], reads: [] },
    params: [{ name: 'degree', digest: sha256(degree), value: degree }],
  };
}

test('the states of a step are in the order of their numbers, whichever came first', () => {
  const made = ['2', '10', '1', '07', '7'].map((degree) => stateOf(`fit@degree=${degree}`, degree));
  const [step] = stepsOf([...made, stateOf('fit@degree=1,more', '1')]);
  expect(step!.states.map(({ node }) => node.slice('fit@degree='.length))).toEqual([
    '1',
    '1,more',
    '2',
    '7',
    '07',
    '10',
  ]);
  expect(step!.params).toEqual([{ name: 'degree', values: ['1', '2', '7', '07', '10'] }]);
});
