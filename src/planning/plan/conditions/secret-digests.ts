/** The secrets that a plan depends on, by source, and whether they are the same today. */
import type { Digest } from '../../../core/identity/digest.ts';
import { RestageError } from '../../../errors.ts';
import { readSecrets, type SecretNeed, type SecretPlace, type Secrets } from '../../../identity/secrets.ts';

/** Null for a declared variable that is not set. */
export type SecretDigests = readonly (readonly [source: string, digest: Digest | null])[];

export function secretsOf(needs: readonly SecretNeed[], secrets: Secrets): SecretDigests | undefined {
  if (needs.length === 0) return undefined;
  return needs.map(({ source }) => [source, secrets.get(source)?.digest ?? null] as const);
}

/** Those of an earlier plan may be more, or fewer: of other parameters. */
export function areSameSecrets(before: SecretDigests | undefined, now: SecretDigests | undefined): boolean {
  if (before === undefined || now === undefined) return true;
  const known = new Map(before);
  return now.every(([source, digest]) => !known.has(source) || known.get(source) === digest);
}

/** False also where one cannot be read: planning from the graph says what is wrong. */
export function areSecretsAsTheyWere(known: SecretDigests, place: SecretPlace): boolean {
  const needs = known.map(([source]) => ({ source, user: 'of an earlier plan', isOptional: true }));
  try {
    const now = readSecrets(needs, place);
    return known.every(([source, digest]) => (now.get(source)?.digest ?? null) === digest);
  } catch (error) {
    if (error instanceof RestageError) return false;
    throw error;
  }
}
