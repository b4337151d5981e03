/**
 * The names in a directory as one digest: it changes when something appears, goes away, or becomes a link to something
 * else.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, sha256 } from '../../core/identity/digest.ts';

/**
 * Of the names with what they are: a file, a directory, or a link with its target. @throws the file system's own error
 */
export function namesDigest(directory: string): Digest {
  const lines = readdirSync(directory, { withFileTypes: true }).map((entry) => {
    const { name } = entry;
    if (entry.isSymbolicLink()) return `link ${name}\0${readlinkSync(join(directory, name))}`;
    return `${entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : 'other'} ${name}`;
  });
  return sha256(lines.sort().join('\0\0'));
}
