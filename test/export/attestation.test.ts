/** Statements of what `verify` found: only what holds is a subject, and the weakest verdict decides the properties. */
import { expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import { attestationOf, type AttestationFacts, type AttestedState } from '../../src/export/attestation.ts';
import { keyOf } from './facts.ts';

function state(node: string, verdict: AttestedState['verdict']): AttestedState {
  return { state: keyOf(node), node, run: 3, verdict, outputs: [{ name: 'out', digest: sha256(node) }] };
}

function facts(...states: readonly AttestedState[]): AttestationFacts {
  return { states, tolerance: { ulp: 2, relative: 0 }, version: '0.1.0', at: 0 };
}

test('outputs that came out again are the subjects, each with its verdict', () => {
  const statement = attestationOf(facts(state('a', 'same'), state('b', 'diverged'), state('c', 'failed')));
  expect(statement.subject).toEqual([
    { name: 'a.out', digest: { sha256: sha256('a') }, annotations: { verdict: 'same', state: keyOf('a'), run: 3 } },
  ]);
  expect(statement.predicate.restage_counts).toEqual({ same: 1, diverged: 1, failed: 1 });
  expect(statement).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://in-toto.io/attestation/svr/v0.2',
    predicate: { verifier: { id: 'pkg:generic/restage@0.1.0', policies: [] }, timeCreated: '1970-01-01T00:00:00.000Z' },
  });
});

test.each([
  [['same'], 'RESTAGE_REPRODUCED_SAME_BYTES', true],
  [['same', 'ulp'], 'RESTAGE_REPRODUCED_SAME_BYTES', false],
  [['same', 'ulp'], 'RESTAGE_REPRODUCED_WITHIN_ULP', true],
  [['tolerance', 'statistical'], 'RESTAGE_REPRODUCED_WITHIN_TOLERANCE', false],
  [['tolerance', 'statistical'], 'RESTAGE_REPRODUCED_OVER_SEEDS', true],
] as const)('of %j the property %s is %s', (verdicts, property, holds) => {
  const { predicate } = attestationOf(facts(...verdicts.map((verdict, index) => state(`n${index}`, verdict))));
  expect(predicate.properties.includes(property)).toBe(holds);
});

test('where nothing came out again, there is nothing to attest', () => {
  expect(() => attestationOf(facts(state('a', 'diverged'), state('b', 'unverifiable')))).toThrow('nothing to attest');
});
