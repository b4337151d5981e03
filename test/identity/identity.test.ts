/** The key fields of a node's parameters: one row for each leaf, and never the same rows for different parameters. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CanonicalValue, canonical, valueDigest } from '../../src/core/identity/canonical.ts';
import { sha256 } from '../../src/core/identity/digest.ts';
import { fieldMaker } from '../../src/identity/node-fields.ts';
import { graphNode } from '../helpers/graph-node.ts';

const { of: fieldsOf } = fieldMaker(
  { seed: 0, backend: null, nodeMajor: 20, env: {}, reads: new Map() },
  new Map([['lab/stage', { digest: sha256('code'), packages: [] }]]),
);

function rows(params: CanonicalValue): readonly string[] {
  const node = graphNode('stage', 'lab/stage', { params });
  return fieldsOf(node)
    .filter(({ name }) => name.startsWith('param'))
    .map(({ name, digest }) => `${name} ${digest}`)
    .sort();
}

describe('the fields of parameters', () => {
  test('are named by their path', () => {
    const names = rows({ a: 1, b: { c: [1, 2], d: {} } }).map((row) => row.split(' ')[0]);
    expect(names).toEqual(['param.a', 'param.b.c', 'param.b.d']);
    expect(rows({})).toEqual([]);
  });

  test('distinguish a dot in a name from one between names', () => {
    const all: readonly CanonicalValue[] = [
      { 'a.b': 1 },
      { a: { b: 1 } },
      { 'a\\': { b: 1 } },
      { 'a\\.b': 1 },
      { a: { '': { b: 1 } } },
      { 'a.': { b: 1 } },
    ];
    expect(new Set(all.map((params) => rows(params).join())).size).toBe(all.length);
    expect(rows({ 'a.b': 1, a: { b: 2 } })).toHaveLength(2);
  });

  test('are the same for equal parameters, and differ for different ones', () => {
    const name = fc.stringMatching(/^[ab.\\]{0,3}$/);
    const leaf = fc.oneof(fc.constantFrom<CanonicalValue>(0, 1, '1', null, true, 1e-9), fc.array(fc.nat(2)));
    const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
      tree: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, leaf, tie('tree')), { maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        const [one, other] = [canonical(a, 'a'), canonical(b, 'b')];
        expect(rows(one).join() === rows(other).join()).toBe(valueDigest(one) === valueDigest(other));
        expect(new Set(rows(one).map((row) => row.split(' ')[0])).size).toBe(rows(one).length);
      }),
      { numRuns: 500 },
    );
  });
});
