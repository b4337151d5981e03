/**
 * Nodes whose program is that of a state on record, and whose code is not: an earlier restage, or an earlier esbuild,
 * linked and printed the same sources differently. The former key is worked out with the former code; if there is a
 * state of it, an equivalence is put on record, and the node is a hit.
 */
import { cacheKey, type Field } from '../../../core/identity/cache-key.ts';
import { valueDigest } from '../../../core/identity/canonical.ts';
import { type Digest, short } from '../../../core/identity/digest.ts';
import { OLDEST_VALID_SCHEMA, SCHEMA } from '../../../identity/schema.ts';
import type { Cache } from '../../../store/cache.ts';
import type { NewEquivalence } from '../../../store/record/equivalences.ts';
import { type EquivalentNodes, newEquivalence } from './new-equivalence.ts';
import { stateMeant } from './state-meant.ts';

export interface Rekeyed extends EquivalentNodes {
  readonly codes: ReadonlyMap<string, EquivalentCode>;
}

type EquivalentCode =
  EquivalentNodes['codes'] extends ReadonlyMap<string, infer C> ? C & { readonly program: Digest } : never;

/** Code of the same program. */
interface OtherCode {
  readonly digest: Digest;
  readonly schema: number;
}

/** Puts on record what is found for nodes that would run. @returns how many these are */
export function takeOverRekeyed(cache: Cache, nodes: Rekeyed): number {
  const others = new Map<string, readonly OtherCode[]>();
  const othersOf = (stage: string): readonly OtherCode[] => {
    let known = others.get(stage);
    if (known === undefined) others.set(stage, (known = otherCodes(cache, nodes.codes.get(stage)!)));
    return known;
  };
  const found = nodes.graph.nodes.flatMap(({ stage }, index) => {
    if (nodes.steps[index]!.status !== 'run' || othersOf(stage).length === 0) return [];
    return equivalenceOf(cache, nodes, index, othersOf(stage)) ?? [];
  });
  if (found.length === 0) return 0;
  return cache.record.equivalences.add(found).filter((id) => id !== undefined).length;
}

export function rekeyedSentences(count: number): readonly string[] {
  if (count === 0) return [];
  const what = count === 1 ? 'A state is' : `${count} states are`;
  return [`${what} found again: their stages have the same sources, which an earlier restage printed differently.`];
}

function otherCodes({ query }: Cache, { digest, program }: EquivalentCode): readonly OtherCode[] {
  return query.codes
    .ofProgram(program)
    .filter((each) => each.schema >= OLDEST_VALID_SCHEMA && (each.digest !== digest || each.schema !== SCHEMA));
}

function equivalenceOf(
  cache: Cache,
  nodes: Rekeyed,
  index: number,
  others: readonly OtherCode[],
): NewEquivalence | undefined {
  const step = nodes.steps[index]!;
  if (step.status !== 'run') return undefined;
  for (const other of others) {
    const state = stateMeant(cache, step.key, cacheKey(fieldsWith(step.fields, other)));
    if (state === undefined) continue;
    const message = `the sources are those of the code ${short(other.digest)}, which was linked or printed differently`;
    return newEquivalence(cache, nodes, index, state.id, {
      kind: 'rekeyed',
      message,
      tolerance: { relative: 0, ulp: 0 },
    });
  }
  return undefined;
}

function fieldsWith(fields: readonly Field[], { digest, schema }: OtherCode): readonly Field[] {
  return fields.map((field) => {
    if (field.name === 'code') return { ...field, digest };
    return field.name === 'schema' ? { ...field, digest: valueDigest(String(schema)) } : field;
  });
}
