/** How two states differ: what entered their keys, and what came out. */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { type FieldChange, fieldChanges } from '../change/field-changes.ts';
import { type Acceptance, acceptancesOf } from '../view/acceptances.ts';
import { type ArtifactDiff, diffArtifacts } from './diff-artifacts.ts';

export interface StateSide {
  readonly state: CacheKey;
  readonly stage: string;
  /** The node that made it. */
  readonly node: string;
}

export interface StateDiff {
  readonly before: StateSide;
  readonly after: StateSide;
  /** The fields of their keys that differ: empty for one state. */
  readonly fields: readonly FieldChange[];
  /** The outputs that both have and that differ. */
  readonly outputs: readonly (ArtifactDiff & { readonly name: string })[];
  /** How many outputs are the same on both sides. */
  readonly same: number;
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** Equivalences by which other keys mean one of them. */
  readonly accepted: readonly Acceptance[];
}

export function diffStates(cache: Cache, before: StateRecord, after: StateRecord): StateDiff {
  const { query } = cache;
  const [first, second] = [before, after].map(
    ({ id }) => new Map(query.states.outputs(id).map((each) => [each.name, each])),
  );
  const shared = [...first!.keys()].filter((name) => second!.has(name));
  const differ = shared.filter((name) => first!.get(name)!.digest !== second!.get(name)!.digest);
  return {
    before: sideOf(cache, before),
    after: sideOf(cache, after),
    fields: fieldChanges(query.states.fields(before.id), query.states.fields(after.id)),
    outputs: differ.map((name) => ({ name, ...diffArtifacts(cache, first!.get(name)!, second!.get(name)!, name) })),
    same: shared.length - differ.length,
    onlyBefore: [...first!.keys()].filter((name) => !second!.has(name)),
    onlyAfter: [...second!.keys()].filter((name) => !first!.has(name)),
    accepted: acceptancesOf(query, new Set([before.id, after.id])),
  };
}

function sideOf({ query }: Cache, { key, stage, attempt }: StateRecord): StateSide {
  return { state: key, stage, node: query.attempts.get(attempt)!.node };
}
