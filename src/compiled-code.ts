/**
 * Keeps what V8 compiles of modules for the next process. Half of what a short command takes is to compile. The files
 * are in the user's own folder for caches: code from a folder that others can write to would be theirs. Node 20 cannot
 * keep the code of modules, so nothing happens there.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import nodeModule from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What Node 22.8 and later have besides. */
interface CompileCache {
  readonly enableCompileCache?: (folder: string) => { readonly directory?: string };
}

/** Each edit of a pipeline adds a module or two, and Node removes none. */
const MOST_FILES = 500;
/** Whatever was kept since is probably in use: a pipeline may import more modules than there may be files. */
const YOUNG_MS = 24 * 3600 * 1000;

/**
 * Modules that are loaded from now on are kept. A variable of Node's own comes first: NODE_COMPILE_CACHE names another
 * folder, and NODE_DISABLE_COMPILE_CACHE=1 turns it off. Where nothing can be kept, each process compiles all that it
 * loads.
 */
export function keepCompiledCode(): void {
  const { enableCompileCache } = nodeModule as CompileCache;
  const { NODE_COMPILE_CACHE: given, NODE_DISABLE_COMPILE_CACHE: off } = process.env;
  if (enableCompileCache === undefined || given !== undefined || off === '1') return;
  const folder = ownFolder();
  if (folder === undefined) return;
  const { directory } = enableCompileCache(folder);
  if (directory !== undefined) removeOldest(directory, MOST_FILES, Date.now() - YOUNG_MS);
}

/** @returns undefined where this user has no home */
function ownFolder(): string | undefined {
  try {
    const caches = cachesIn(homedir(), process.platform, process.env);
    return caches === undefined ? undefined : privateFolder(join(caches, 'restage', 'compiled'));
  } catch {
    return undefined;
  }
}

/** @returns undefined for a folder that others can write to, or that is somebody else's, as with su and sudo */
export function privateFolder(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  // Windows has neither; there, the folder of the user is nobody else's.
  const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
  return isOwn ? folder : undefined;
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

/**
 * Of too many files, leaves half as many as there may be, and all that were written since then. Other processes may do
 * the same meanwhile.
 * @param since milliseconds since 1970
 */
export function removeOldest(folder: string, most: number, since: number): void {
  try {
    const names = readdirSync(folder);
    if (names.length <= most) return;
    const ages = names.map((name) => ({ name, writtenAt: statSync(join(folder, name)).mtimeMs }));
    const old = ages.sort((a, b) => b.writtenAt - a.writtenAt).slice(Math.floor(most / 2));
    for (const { name, writtenAt } of old) if (writtenAt < since) rmSync(join(folder, name), { force: true });
  } catch {
    // Another process has just removed one, or the folder came with no file yet.
  }
}
