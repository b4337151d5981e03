/**
 * What `verify` found as an in-toto Statement v1 with the predicate Simple Verification Result 0.2. Such a result can
 * say only what holds: its subjects are the outputs that came out again, each with its verdict.
 */
import type { Digest } from '../core/identity/digest.ts';
import type { StateVerdict } from '../audit/verify/verdict.ts';
import type { VerdictName } from '../store/record/facts.ts';
import { UsageError } from '../errors.ts';
import { engineUri } from './identifiers.ts';

export interface AttestedState extends Pick<StateVerdict, 'state' | 'node' | 'run' | 'verdict'> {
  readonly outputs: readonly { readonly name: string; readonly digest: Digest }[];
}

export interface AttestationFacts {
  readonly states: readonly AttestedState[];
  readonly tolerance: { readonly ulp: number; readonly relative: number };
  /** The version of the running restage. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly {
    readonly name: string;
    readonly digest: { readonly sha256: Digest };
    readonly annotations: Readonly<Record<string, string | number>>;
  }[];
  readonly predicateType: 'https://in-toto.io/attestation/svr/v0.2';
  readonly predicate: {
    readonly verifier: {
      readonly id: string;
      readonly policies: readonly [];
      readonly restage_tolerance: AttestationFacts['tolerance'];
    };
    readonly timeCreated: string;
    readonly properties: readonly string[];
    readonly restage_counts: Readonly<Partial<Record<VerdictName, number>>>;
  };
}

/** Verdicts that hold, from the strongest to the weakest, each with the property that it lends to a statement. */
const HOLDING: readonly (readonly [VerdictName, string])[] = [
  ['same', 'RESTAGE_REPRODUCED_SAME_BYTES'],
  ['ulp', 'RESTAGE_REPRODUCED_WITHIN_ULP'],
  ['tolerance', 'RESTAGE_REPRODUCED_WITHIN_TOLERANCE'],
  ['statistical', 'RESTAGE_REPRODUCED_OVER_SEEDS'],
];

/**
 * Pure: equal facts give an equal statement. A property holds for every subject, so the weakest verdict decides.
 * @throws UsageError if nothing came out again
 */
export function attestationOf({ states, tolerance, version, at }: AttestationFacts): Statement {
  const ranks = new Map(HOLDING.map(([verdict], rank) => [verdict, rank]));
  const holding = states.filter(({ verdict, outputs }) => ranks.has(verdict) && outputs.length > 0);
  if (holding.length === 0)
    throw new UsageError('No state with an output came out again, so there is nothing to attest; no file was written.');
  const weakest = Math.max(...holding.map(({ verdict }) => ranks.get(verdict)!));
  const counts: Partial<Record<VerdictName, number>> = {};
  for (const { verdict } of states) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: holding.flatMap(({ node, run, state, verdict, outputs }) =>
      outputs.map(({ name, digest }) => ({
        name: `${node}.${name}`,
        digest: { sha256: digest },
        annotations: { verdict, state, run },
      })),
    ),
    predicateType: 'https://in-toto.io/attestation/svr/v0.2',
    predicate: {
      verifier: { id: engineUri(version), policies: [], restage_tolerance: tolerance },
      timeCreated: new Date(at).toISOString(),
      properties: ['RESTAGE_REEXECUTED', ...HOLDING.slice(weakest).map(([, property]) => property)],
      restage_counts: counts,
    },
  };
}
