/** Finds states, artifacts, code and effect tables by the first digits of their digests. */
import { short } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../query/readers.ts';
import type { FoundArtifact, FoundCode, FoundEffects, FoundState } from './found.ts';

const PREFIX = /^[0-9a-f]{4,64}$/;
const MOST_CANDIDATES = 5;

/** Undefined if nothing has such a digest. @throws UsageError if several things have */
export function byDigest(
  query: Readers,
  word: string,
): FoundState | FoundArtifact | FoundCode | FoundEffects | undefined {
  if (!PREFIX.test(word)) return undefined;
  const states = query.prefixes.states(word, MOST_CANDIDATES);
  const artifacts = query.prefixes.artifacts(word, MOST_CANDIDATES);
  const codes = query.prefixes.codes(word, MOST_CANDIDATES);
  const effects = query.effects.byPrefix(word, MOST_CANDIDATES);
  if (states.length + artifacts.length + codes.length + effects.length > 1)
    throw ambiguous(word, [
      ...states.map(({ id, key }) => ({ digest: key, what: `state of ${query.states.get(id)!.stage}` })),
      ...artifacts.map(({ digest, bytes }) => ({ digest, what: `artifact of ${bytes} bytes` })),
      ...codes.map(({ digest, stage }) => ({ digest, what: `code of ${stage}` })),
      ...effects.map(({ key, study }) => ({ digest: key, what: `effect table of ${study}` })),
    ]);
  if (states.length === 1) return { kind: 'state', state: query.states.get(states[0]!.id)! };
  if (effects.length === 1) return { kind: 'effects', tables: effects, reference: undefined };
  if (codes.length === 1) return { kind: 'code', digest: codes[0]!.digest };
  return artifacts.length === 1 ? { kind: 'artifact', artifact: artifacts[0]! } : undefined;
}

function ambiguous(
  word: string,
  candidates: readonly { readonly digest: string; readonly what: string }[],
): UsageError {
  const sorted = candidates.map(({ digest }) => digest).sort();
  let digits = short(sorted[0]!).length;
  while (digits < 64 && new Set(sorted.map((digest) => digest.slice(0, digits))).size < sorted.length) digits += 4;
  const list = candidates.map(({ digest, what }) => `${digest.slice(0, digits)} (${what})`).join(', ');
  return new UsageError(`${word} is ambiguous: it may be ${list}; give more digits.`);
}
