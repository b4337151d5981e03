/**
 * Keeps what V8 compiles of modules for the next process. Half of what a short command takes is to compile. The files are
 * in the user's own folder for caches: code from a folder that others can write to would be theirs. Node 20 cannot keep
 * the code of modules, so nothing happens there.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import nodeModule from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What Node 22.8 and later have besides. */
interface CompileCache {
  readonly enableCompileCache?: (folder: string) => { readonly directory?: string };
}

/** Each edit of a pipeline adds a module or two, and Node removes none. */
const MOST_FILES = 500;

/**
 * Modules that are loaded from now on are kept. A variable of Node's own comes first: NODE_COMPILE_CACHE names another
 * folder, and NODE_DISABLE_COMPILE_CACHE=1 turns it off. Where nothing can be kept, each process compiles all that it loads.
 */
export function keepCompiledCode(): void {
  const { enableCompileCache } = nodeModule as CompileCache;
  if (enableCompileCache === undefined) return;
  const caches = folderForCaches();
  if (caches === undefined) return;
  const { directory } = enableCompileCache(join(caches, 'restage', 'compiled'));
  if (directory !== undefined && process.env['NODE_COMPILE_CACHE'] === undefined) removeOldest(directory, MOST_FILES);
}

/** @returns undefined where this user has no home, or is somebody else there, as with sudo */
function folderForCaches(): string | undefined {
  try {
    const home = homedir();
    if (process.getuid !== undefined && statSync(home).uid !== process.getuid()) return undefined;
    return cachesIn(home, process.platform, process.env);
  } catch {
    return undefined;
  }
}

/** Where programs of this system keep what they can make again (freedesktop.org's Base Directory Specification 0.8). */
export function cachesIn(
  home: string,
  platform: NodeJS.Platform,
  { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local }: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (platform === 'win32') return local;
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  return xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.cache');
}

/** Leaves half as many files as there may be, the youngest. Other processes may do the same meanwhile. */
export function removeOldest(folder: string, most: number): void {
  try {
    const names = readdirSync(folder);
    if (names.length <= most) return;
    const ages = names.map((name) => ({ name, writtenAt: statSync(join(folder, name)).mtimeMs }));
    const old = ages.sort((a, b) => b.writtenAt - a.writtenAt).slice(Math.floor(most / 2));
    for (const { name } of old) rmSync(join(folder, name), { force: true });
  } catch {
    // Another process has just removed one, or the folder came with no file yet.
  }
}
