/**
 * The paths that decide what an import finds: links that are followed on the way, and paths where something would be
 * found first if it were there.
 */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Witnesses } from './witness.ts';

interface Search {
  /** Of files that a bare name may also mean. */
  readonly extensions: readonly string[];
  /** What was found. Without it, the search ends at the first directory of the package's name. */
  readonly file?: string | null;
  /** Directories whose names are witnessed anyway. */
  readonly isListed?: (directory: string) => boolean;
}

/**
 * Follows the search for a package from a directory upwards, as Node does it. Returns the real path of the package's
 * directory.
 */
export function noteSearch(
  witnesses: Witnesses,
  name: string,
  from: string,
  { extensions, file, isListed = () => false }: Search,
): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    if (basename(directory) !== 'node_modules') {
      const modules = join(directory, 'node_modules');
      if (!isDirectory(modules)) {
        if (!isListed(directory)) witnesses.note(modules, { real: null });
      } else {
        const candidate = join(modules, name);
        const real = realPath(candidate);
        witnesses.note(candidate, { real });
        // require() goes on where a package lacks the file that it looks for.
        const isIt = file === undefined || (file !== null && real !== null && file.startsWith(real + sep));
        if (real !== null && isIt && isDirectory(real)) return real;
        for (const extension of extensions) {
          const other = realPath(`${candidate}${extension}`);
          witnesses.note(`${candidate}${extension}`, { real: other });
          if (other !== null && other === file) return undefined;
        }
      }
    }
    if (dirname(directory) === directory) return undefined;
  }
}

/** The real path; null if the path leads nowhere. */
export function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

export function isDirectory(path: string): boolean {
  return kindOf(path) === 'directory';
}

export function isFile(path: string): boolean {
  return kindOf(path) === 'file';
}

export function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

function kindOf(path: string): 'file' | 'directory' | 'other' | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? undefined : stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
  } catch {
    // A path below a file does not exist.
    return undefined;
  }
}
