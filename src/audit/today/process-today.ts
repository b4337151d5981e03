/** Environment variables and Node's version today, as this process sees them. */
import { valueDigest } from '../../core/identity/canonical.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import { isSecretVariable, secretVariable } from '../../identity/secret-fields.ts';
import { readSecrets } from '../../identity/secrets.ts';
import type { Past, TodayFact } from './today-facts.ts';

export function variablesToday(variables: Past['variables'], cacheDirectory: string): readonly TodayFact[] {
  return variables.map(({ name, digest, value: preview }): TodayFact => {
    const value = process.env[name];
    const isSecret = isSecretVariable({ preview });
    const isSame = (isSecret ? secretToday(name, cacheDirectory) : valueDigest(value ?? null)) === digest;
    const standing = isSame ? 'same' : value === undefined ? 'gone' : 'changed';
    // A value may be private: nothing of it is shown.
    return {
      kind: 'variable',
      name,
      standing,
      then: null,
      now: value === undefined ? '(not set)' : '(set)',
      note: null,
    };
  });
}

/** Undefined for a value that is not a secret: it cannot be the one. */
function secretToday(name: string, cacheDirectory: string): Digest | undefined {
  const source = `env:${name}`;
  try {
    const need = { source, user: 'a variable', isOptional: true };
    return secretVariable(name, readSecrets([need], { cacheDirectory, root: '.' }).get(source)?.digest).digest;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

export function runtimeToday(runtimes: Past['runtimes']): readonly TodayFact[] {
  const now = `node ${Number.parseInt(process.versions.node, 10)}`;
  return runtimes.map((then) => ({
    kind: 'runtime',
    name: 'node',
    standing: then === now ? 'same' : 'changed',
    then,
    now,
    note: null,
  }));
}
