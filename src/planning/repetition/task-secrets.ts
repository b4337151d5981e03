/** The secrets that a task takes along: those of its parameters and of the variables that its stage declares. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { sourcesIn } from '../../core/secret/mark.ts';
import type { SecretValue } from '../../core/secret/secret-value.ts';
import type { Secrets } from '../../identity/secrets.ts';

export interface SecretUser {
  readonly params: CanonicalValue;
  /** Names of variables. */
  readonly secrets?: readonly string[];
}

export interface SecretsOfTask {
  readonly secrets?: {
    readonly values: readonly (readonly [source: string, value: SecretValue])[];
    readonly env: readonly string[];
  };
}

/** @param all absent where nothing is secret: then nothing is looked through */
export function secretsOfTask(
  { params, secrets: variables = [] }: SecretUser,
  all: Secrets | undefined,
): SecretsOfTask {
  if (all === undefined) return {};
  const env = variables.filter((name) => all.has(`env:${name}`));
  const sources = new Set([...[...sourcesIn(params)].map(({ source }) => source), ...env.map((name) => `env:${name}`)]);
  if (sources.size === 0) return {};
  return { secrets: { values: [...sources].map((source) => [source, all.get(source)!.value] as const), env } };
}
