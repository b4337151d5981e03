/**
 * Hints that something may have changed: of the kernel, from the folders of the watched paths, or by the clock where
 * the kernel tells nothing. A hint says only that it is time to look.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileSystemOf } from '../../store/files/file-system.ts';

/** Where hints come from; `why` says what keeps the kernel's from being used. */
export type HintsFrom = { readonly from: 'events' } | { readonly from: 'polling'; readonly why: string };

export interface Hints {
  /** Follows these paths from now on, and no others. */
  follow(paths: readonly string[]): HintsFrom;
  close(): void;
}

const POLL_MS = 500;

interface Followed {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

export class FileHints implements Hints {
  readonly #hint: () => void;
  readonly #polls: boolean;
  readonly #folders = new Map<string, Followed>();
  #paths: ReadonlySet<string> = new Set();
  /** All that is above the watched paths. */
  #above: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #trouble: string | undefined;

  /** @param polls whether to look by the clock, whatever the kernel could tell */
  constructor(hint: () => void, polls: boolean) {
    this.#hint = hint;
    this.#polls = polls;
  }

  follow(paths: readonly string[]): HintsFrom {
    this.#paths = new Set(paths);
    this.#above = ancestorsOf(paths);
    const folders = new Set(paths.flatMap(foldersToWatch));
    const why = this.#polls ? 'asked for' : (this.#trouble ?? silentFileSystem(folders));
    if (why === undefined) {
      this.#watch(folders);
      if (this.#trouble === undefined) {
        clearInterval(this.#timer);
        this.#timer = undefined;
        return { from: 'events' };
      }
    }
    this.#unwatch();
    this.#timer ??= setInterval(this.#hint, POLL_MS);
    return { from: 'polling', why: why ?? this.#trouble! };
  }

  close(): void {
    this.#unwatch();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #watch(folders: ReadonlySet<string>): void {
    for (const [folder, { watcher, identity }] of this.#folders) {
      // A folder that was removed and made again is another one, of which the kernel tells nothing.
      if (folders.has(folder) && identityOf(folder) === identity) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) {
      if (this.#folders.has(folder)) continue;
      try {
        const watcher = watch(folder, (_, name) => this.#heard(folder, name));
        watcher.on('error', () => this.#hint());
        this.#folders.set(folder, { watcher, identity: identityOf(folder) });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // Removed just now: the next look finds that.
        if (code === 'ENOENT' || code === 'ENOTDIR') continue;
        this.#trouble = code === 'ENOSPC' ? 'the system gives no more file watches' : `the system answered ${code}`;
        return;
      }
    }
  }

  #heard(folder: string, name: string | null): void {
    const path = name === null ? folder : join(folder, name);
    // The event of a folder itself has the name of that folder.
    const isOfFolder = name === null || name === basename(folder) || this.#above.has(path);
    if (!isOfFolder && !this.#paths.has(path) && !this.#paths.has(folder)) return;
    // A folder was made or removed: others have to be watched.
    if (isOfFolder) this.#watch(new Set([...this.#paths].flatMap(foldersToWatch)));
    this.#hint();
  }

  #unwatch(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }
}

/** The folder that a path is in, or the nearest one above it that is there; and the path itself, if it is a folder. */
function foldersToWatch(path: string): readonly string[] {
  const own = isFolderNow(path) ? [path] : [];
  for (let folder = dirname(path); ; folder = dirname(folder))
    if (isFolderNow(folder) || folder === dirname(folder)) return [folder, ...own];
}

function isFolderNow(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

function identityOf(folder: string): string {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.dev}:${stat.ino}`;
}

function ancestorsOf(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set<string>();
  for (const path of paths) for (let each = dirname(path); !all.has(each); each = dirname(each)) all.add(each);
  return all;
}

/** The kernel does not hear of a change that another machine makes. */
function silentFileSystem(folders: ReadonlySet<string>): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const devices = new Set<number>();
  for (const folder of folders) {
    const device = statSync(folder, { throwIfNoEntry: false })?.dev;
    if (device === undefined || devices.has(device)) continue;
    devices.add(device);
    const { name, network } = fileSystemOf(folder);
    if (network !== 'no') return `${folder} is on ${name}`;
  }
  return undefined;
}
