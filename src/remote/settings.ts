/**
 * Which remotes a cache knows: `remotes.json` in its directory. It is apart from the record, so no run depends on it,
 * and it holds names and addresses alone; what proves who one is comes from the environment and the user's own files.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRefusal } from '../core/diagnostics/system-refusal.ts';
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { CacheError, UsageError } from '../errors.ts';
import { replaceFile } from '../store/files/temporary-files.ts';

const FILE = 'remotes.json';
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

export interface RemoteSetting {
  readonly name: string;
  readonly address: string;
}

/** In the order in which they were added. @throws CacheError */
export function remotesOf(cacheDirectory: string): readonly RemoteSetting[] {
  const path = join(cacheDirectory, FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new CacheError(`${path} cannot be read: ${readRefusal(error)}.`, { cause: error });
  }
  const remotes = parsed(text);
  if (remotes === undefined)
    throw new CacheError(`${path} is not a list of remotes; remove it, and add them again with "restage remote add".`);
  return remotes;
}

/** @throws UsageError if the name is taken or malformed, or the address holds a password; CacheError */
export function addRemote(cacheDirectory: string, remote: RemoteSetting): void {
  const { name, address } = remote;
  if (!NAME.test(name))
    throw new UsageError(
      `The name "${name}" of a remote is malformed; start with a letter, and use letters, digits and . _ - only.`,
    );
  if (/:\/\/[^/@]*:[^/@]*@/.test(address))
    throw new UsageError(
      `The address of ${name} holds a password, which restage would keep in a file; leave it out, and give it as docs/remotes.md says.`,
    );
  const known = remotesOf(cacheDirectory);
  const taken = known.find((each) => each.name === name);
  if (taken !== undefined)
    throw new UsageError(
      `There is a remote ${name} (${taken.address}); take another name, or remove it with: restage remote remove ${name}`,
    );
  write(cacheDirectory, [...known, remote]);
}

/** What is at the remote stays. @throws UsageError if there is none of this name; CacheError */
export function removeRemote(cacheDirectory: string, name: string): RemoteSetting {
  const remote = remoteNamed(cacheDirectory, name);
  write(
    cacheDirectory,
    remotesOf(cacheDirectory).filter((each) => each.name !== name),
  );
  return remote;
}

/**
 * The remote of this name; without one, the only remote there is.
 * @throws UsageError
 */
export function remoteNamed(cacheDirectory: string, name: string | undefined): RemoteSetting {
  const known = remotesOf(cacheDirectory);
  const names = known.map((each) => each.name);
  if (known.length === 0)
    throw new UsageError(
      `The cache ${cacheDirectory} has no remote yet; add one with: restage remote add origin ADDRESS`,
    );
  if (name === undefined) {
    if (known.length === 1) return known[0]!;
    throw new UsageError(`There are several remotes; name one with --remote: ${names.join(', ')}.`);
  }
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new UsageError(`There is no remote ${name}${didYouMean(name, names)}; the cache knows ${names.join(', ')}.`);
}

function write(cacheDirectory: string, remotes: readonly RemoteSetting[]): void {
  const text = `${JSON.stringify({ remotes: remotes.map(({ name, address }) => ({ name, address })) }, null, 2)}\n`;
  replaceFile(join(cacheDirectory, FILE), text, 'The list of remotes');
}

function parsed(text: string): readonly RemoteSetting[] | undefined {
  try {
    const { remotes } = JSON.parse(text) as { readonly remotes?: unknown };
    if (!Array.isArray(remotes)) return undefined;
    const list = remotes as readonly Partial<RemoteSetting>[];
    const isWhole = list.every(({ name, address }) => typeof name === 'string' && typeof address === 'string');
    return isWhole ? (list as readonly RemoteSetting[]) : undefined;
  } catch {
    return undefined;
  }
}
