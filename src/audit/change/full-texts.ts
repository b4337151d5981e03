/**
 * The whole text of values that a key's field shows the beginning of: found among the parameters of a run, by digest.
 */
import { type CanonicalValue, valueDigest } from '../../core/identity/canonical.ts';
import type { Digest } from '../../core/identity/digest.ts';

/** Shorter ones are shown whole. */
const CUT_FROM = 80;

/** JSON of each long value among the parameters, by the digest that a field has for it. */
export function fullTexts(params: CanonicalValue): ReadonlyMap<Digest, string> {
  const texts = new Map<Digest, string>();
  collect(params, texts);
  return texts;
}

function collect(value: CanonicalValue, into: Map<Digest, string>): void {
  const isContainer = typeof value === 'object' && value !== null;
  if (isContainer) for (const member of Object.values(value)) collect(member, into);
  if (isContainer && !Array.isArray(value)) return;
  const text = JSON.stringify(value);
  if (text.length > CUT_FROM) into.set(valueDigest(value), text);
}
