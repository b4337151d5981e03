/** The secrets that made a state, read again: they are where they were, and the same where that can be known. */
import type { Field } from '../../core/identity/cache-key.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { sourcesIn } from '../../core/secret/mark.ts';
import { RepeatError, UsageError } from '../../errors.ts';
import { secretVariable } from '../../identity/secret-fields.ts';
import { paramFields } from '../../identity/param-fields.ts';
import { NO_SECRETS, readSecrets, type SecretNeed, type Secrets } from '../../identity/secrets.ts';
import type { Cache } from '../../store/cache.ts';

export interface SecretsThen {
  readonly params: CanonicalValue;
  /** Names of declared variables that are secrets. */
  readonly variables: readonly string[];
  /** As they are on record. */
  readonly fields: readonly Field[];
  readonly node: string;
  /** Directory of the project. */
  readonly root: string;
  readonly cache: Cache;
  /**
   * Whether the digests on record are of another cache, whose salt is not here: whether a secret is the same is not
   * known.
   */
  readonly isElsewhere: boolean;
}

/** @throws RepeatError for one that is gone, or is another one by now */
export function repeatedSecrets({ params, variables, fields, node, root, cache, isElsewhere }: SecretsThen): Secrets {
  const needs: SecretNeed[] = [...sourcesIn(params)].map(({ source, path }) => ({
    source,
    user: `parameter ${path} of node ${node}`,
  }));
  for (const name of variables)
    needs.push({ source: `env:${name}`, user: `a variable of node ${node}`, isOptional: true });
  if (needs.length === 0) return NO_SECRETS;
  let secrets: Secrets;
  try {
    secrets = readSecrets(needs, { cacheDirectory: cache.directory, root });
  } catch (cause) {
    throw cause instanceof UsageError ? new RepeatError(cause.message, { cause }) : cause;
  }
  if (isElsewhere) return secrets;
  const now: Field[] = variables.map((name) => secretVariable(name, secrets.get(`env:${name}`)?.digest));
  paramFields(params, now, (source) => secrets.get(source)!.digest);
  const then = new Map(fields.map(({ name, digest }) => [name, digest]));
  const other = now.find(({ name, digest }) => then.get(name) !== digest);
  if (other !== undefined)
    throw new RepeatError(
      `The secret in ${other.name} of node ${node} is not the one that its state was made with (${needs.map(({ source }) => source).join(', ')}); give that one again, or run the node with the new one.`,
    );
  return secrets;
}
