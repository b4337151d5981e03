/**
 * The digest of what a path leads to: a file's content or, of a folder, the names and contents of all that is in it.
 */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, sha256 } from '../../core/identity/digest.ts';

/**
 * Links are followed. `digestOf` gives the digest of a file's content.
 * @throws the file system's own error
 */
export async function pathDigest(path: string, digestOf: (file: string) => Promise<Digest>): Promise<Digest> {
  if (!statSync(path).isDirectory()) return digestOf(path);
  const entries: (readonly [name: string, digest: Digest | null])[] = [];
  await collect(path, '', [realpathSync(path)], entries, digestOf);
  return sha256('restage/folder/v1\0', JSON.stringify(entries));
}

/**
 * The files and folders that `pathDigest` takes into account, by their paths from here; a file is itself under an empty
 * name. Folders behind links are left out.
 */
export function filesBelow(path: string): readonly { readonly name: string; readonly isFolder: boolean }[] {
  if (!statSync(path).isDirectory()) return [{ name: '', isFolder: false }];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .sort()
    .flatMap((name) => {
      const stat = statSync(join(path, name), { throwIfNoEntry: false });
      if (stat === undefined || !(stat.isFile() || stat.isDirectory())) return [];
      return [{ name: name.replaceAll('\\', '/'), isFolder: stat.isDirectory() }];
    });
}

/** `above`: the folders on the way here. A link to one of them would lead round in a circle. */
async function collect(
  folder: string,
  prefix: string,
  above: readonly string[],
  entries: (readonly [string, Digest | null])[],
  digestOf: (file: string) => Promise<Digest>,
): Promise<void> {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
      const real = realpathSync(path);
      entries.push([`${prefix}${name}/`, null]);
      if (!above.includes(real)) await collect(path, `${prefix}${name}/`, [...above, real], entries, digestOf);
    } else if (stat?.isFile() === true) entries.push([prefix + name, await digestOf(path)]);
    // A link that leads nowhere, a socket, a pipe: only its name can be seen.
    else entries.push([prefix + name, null]);
  }
}
