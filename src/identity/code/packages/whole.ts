/** All files of a package, without the packages that are installed inside it. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../core/identity/digest.ts';
import { namesDigest } from '../../../store/files/names.ts';
import type { Witnesses } from '../resolution/witness.ts';
import { realPath } from '../resolution/ways.ts';

/**
 * Relative paths with the digest of each file, sorted by path. What a link leads to counts, and not its text, which may
 * name this machine's directories.
 * @throws the file system's own error
 */
export function wholeOf(
  directory: string,
  digestOf: (file: string) => Digest,
  witnesses: Witnesses,
): readonly (readonly [path: string, content: string])[] {
  const files: (readonly [string, string])[] = [];
  const visited = new Map<string, string>();
  const visit = (at: string, path: string): void => {
    const first = visited.get(at);
    if (first !== undefined) {
      files.push([path, `the same as ${first}`]);
      return;
    }
    visited.set(at, path);
    if (!witnesses.has(at, 'names')) witnesses.note(at, { names: namesDigest(at) });
    for (const entry of readdirSync(at).sort()) {
      if (entry === 'node_modules') continue;
      const inner = join(at, entry);
      const name = path === '' ? entry : `${path}/${entry}`;
      const real = realPath(inner);
      const stat = real === null ? undefined : statSync(real);
      if (real !== inner) witnesses.note(inner, { real });
      if (stat?.isDirectory() === true) visit(real!, name);
      else if (stat?.isFile() === true) {
        const digest = digestOf(real!);
        witnesses.note(real!, digest);
        files.push([name, digest]);
      } else files.push([name, 'no file']);
    }
  };
  visit(directory, '');
  return files.sort(([a], [b]) => (a < b ? -1 : 1));
}
