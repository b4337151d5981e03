/**
 * What watched paths look like: enough to see, without reading a file, that it was written, replaced, removed or made.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What stat says about a path. */
export interface Look {
  readonly kind: 'file' | 'folder' | 'absent';
  /** Another text if the path may have another content. */
  readonly state: string;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

const NOTHING: Look = { kind: 'absent', state: '', changedAt: 0 };

/** Links are followed. A path that cannot be looked at counts as absent: planning says what is wrong with it. */
export function lookAt(path: string): Look {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return NOTHING;
    const { dev, ino, size, mtimeNs, ctimeNs } = stat;
    const changedAt = Number(stat.ctimeMs);
    // The time of a folder changes with the names in it, and its size says nothing.
    return stat.isDirectory()
      ? { kind: 'folder', state: `${dev}:${ino} ${mtimeNs}`, changedAt }
      : { kind: 'file', state: `${dev}:${ino} ${size} ${mtimeNs} ${ctimeNs}`, changedAt };
  } catch {
    return NOTHING;
  }
}

const MOST_PATHS = 5000;

/**
 * Files and folders below a project's root that may be its sources, `MOST_PATHS` at the most, those near the root
 * first. They are what an author may edit to correct a definition that cannot be loaded. Packages, hidden folders and
 * the cache are left out.
 */
export function sourcesBelow(root: string, cacheDirectory: string): readonly string[] {
  const folders = [root];
  const found = [root];
  for (const folder of folders) {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.name === 'node_modules' || entry.name.startsWith('.') || path === cacheDirectory) continue;
      if (!entry.isDirectory() && !entry.isFile()) continue;
      found.push(path);
      if (entry.isDirectory()) folders.push(path);
      if (found.length >= MOST_PATHS) return found;
    }
  }
  return found;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // It was removed meanwhile, or nobody may look into it.
    return [];
  }
}
