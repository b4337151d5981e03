/**
 * Secrets as they are now: read from where they are, with the digests that stand for them in keys. A digest is made
 * with the salt of the cache, so the same secret has another one in another cache.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Digest } from '../core/identity/digest.ts';
import { SecretValue } from '../core/secret/secret-value.ts';
import { LONGEST_SECRET, SHORTEST_SECRET } from '../core/secret/spellings.ts';
import { UsageError } from '../errors.ts';
import { saltOf } from '../store/files/salt.ts';

export interface Secret {
  readonly digest: Digest;
  readonly value: SecretValue;
}

/** By source. One of a declared variable that is not set is not there. */
export type Secrets = ReadonlyMap<string, Secret>;

export const NO_SECRETS: Secrets = new Map();

/** A secret that somebody needs. */
export interface SecretNeed {
  readonly source: string;
  /** Who needs it, such as `parameter token of node fetch`. */
  readonly user: string;
  /** Whether it may be missing, as a declared environment variable may. */
  readonly isOptional?: boolean;
}

export interface SecretPlace {
  readonly cacheDirectory: string;
  /** Directory of the project: relative paths begin there. */
  readonly root: string;
}

/** @throws UsageError for one that is not there, or is too short or too long; CacheError */
export function readSecrets(needs: readonly SecretNeed[], { cacheDirectory, root }: SecretPlace): Secrets {
  if (needs.length === 0) return NO_SECRETS;
  const secrets = new Map<string, Secret>();
  let salt: Buffer | undefined;
  for (const need of needs) {
    if (secrets.has(need.source)) continue;
    const value = valueOf(need, root);
    if (value === undefined) continue;
    salt ??= saltOf(cacheDirectory);
    const digest = createHmac('sha256', salt).update('restage/secret/v1\0').update(value).digest('hex') as Digest;
    secrets.set(need.source, { digest, value: new SecretValue(value) });
  }
  return secrets;
}

function valueOf(need: SecretNeed, root: string): string | undefined {
  const { source, user } = need;
  const value = source.startsWith('env:') ? ofEnvironment(need) : ofFile(need, root);
  if (value === undefined) return undefined;
  if (value.length < SHORTEST_SECRET)
    throw new UsageError(
      `The secret ${source}, ${user}, has fewer than ${SHORTEST_SECRET} characters: it could be guessed, and would hide other text; use a longer one.`,
    );
  if (value.length > LONGEST_SECRET)
    throw new UsageError(
      `The secret ${source}, ${user}, has more than ${LONGEST_SECRET} characters; a secret is a password or a key, and data is an input.`,
    );
  return value;
}

function ofEnvironment({ source, user, isOptional = false }: SecretNeed): string | undefined {
  const name = source.slice('env:'.length);
  const value = process.env[name];
  if ((value !== undefined && value !== '') || isOptional) return value === '' ? undefined : value;
  throw new UsageError(
    `The secret ${source}, ${user}, is not there; set the environment variable ${name} to it for this command.`,
  );
}

/** Without the line end that editors put at the end of a file. */
function ofFile({ source, user }: SecretNeed, root: string): string {
  const named = source.slice('file:'.length);
  const path = resolve(root, named.startsWith('~/') ? `${homedir()}${named.slice(1)}` : named);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)).replace(/\r?\n$/, '');
  } catch (cause) {
    const why =
      cause instanceof TypeError ? 'it is not UTF-8 text' : ((cause as NodeJS.ErrnoException).code ?? 'error');
    throw new UsageError(
      `The secret ${source}, ${user}, cannot be read from ${path} (${why}); put the value there as text.`,
    );
  }
}

/**
 * The environment of processes that execute stages: these get the secrets that they declare from restage, and find none
 * here.
 */
export function environmentWithout(names: Iterable<string>): NodeJS.ProcessEnv {
  const secret = new Set(names);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !secret.has(name)));
}

/** Names of the environment variables that are secrets. */
export function variablesOf(secrets: Secrets): readonly string[] {
  return [...secrets.keys()].flatMap((source) => (source.startsWith('env:') ? [source.slice('env:'.length)] : []));
}
