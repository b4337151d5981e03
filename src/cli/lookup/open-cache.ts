/**
 * The cache of the verbs that look at what is there: by --cache, or beside the nearest package.json. --cache may name a
 * bundle.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectoryOf, pipelinesAround } from '../../planning/request/project.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';
import type { Io } from '../io/io.ts';

/**
 * Opens the cache to look at it, does the work and closes it. Makes no cache where there is none.
 * @throws UsageError, CacheError
 */
export async function withCache<T>(call: Call, work: (cache: Cache) => T | Promise<T>): Promise<T> {
  const directory = cacheDirectoryOfVerb(call);
  if (isBundle(directory)) {
    const { withBundleCache } = await import('../../bundle/bundle-cache.ts');
    return withBundleCache(directory, work);
  }
  await requireCache(directory, call.io);
  return openedAt(directory, work);
}

/** As `withCache`, for a verb that writes to it. @throws UsageError, CacheError */
export async function withWritableCache<T>(call: Call, work: (cache: Cache) => T | Promise<T>): Promise<T> {
  const directory = cacheDirectoryOfVerb(call);
  await requireCache(directory, call.io);
  const { Cache } = await import('../../store/cache.ts');
  return Cache.using(Cache.open(directory), work);
}

/** Opens the cache to look at it, or makes it, does the work and closes it. @throws CacheError */
export async function openedAt<T>(directory: string, work: (cache: Cache) => T | Promise<T>): Promise<T> {
  const { Cache } = await import('../../store/cache.ts');
  return Cache.using(Cache.openToLook(directory), work);
}

/** @throws UsageError if the directory holds no cache */
export async function requireCache(directory: string, { cwd }: Io): Promise<void> {
  const { DATABASE_FILE } = await import('../../store/database/database.ts');
  if (existsSync(join(directory, DATABASE_FILE))) return;
  if (isBundle(directory))
    throw new UsageError(
      `${directory} is a bundle, and nothing can be written to it; name a cache directory, or execute the bundle with: restage replay ${directory}`,
    );
  const [pipeline] = pipelinesAround(cwd);
  const example = pipeline === undefined ? '' : ` (restage run${pipeline === '.' ? '' : ` ${pipeline}`})`;
  throw new UsageError(
    `There is no cache in ${directory}; run a pipeline first${example}, or name another directory with --cache DIR.`,
  );
}

/** Whether a path that stands for a cache leads to a file: a bundle is opened as if it were a cache. */
export function isBundle(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * For a question about the project as it is today: a bundle names files of another machine, by whatever paths its maker
 * chose.
 * @throws UsageError
 */
export function refuseBundle({ directory }: Cache): void {
  if (!isBundle(directory)) return;
  throw new UsageError(
    `${directory} is a bundle, which knows nothing of the project as it is today; ask about what is in it, or name a cache directory.`,
  );
}

/** Where a verb that names no pipeline looks. @throws UsageError */
export function cacheDirectoryOfVerb(call: Call): string {
  const { cwd } = call.io;
  const asked = text(call, 'cache');
  const root = projectRoot(cwd);
  if (asked === undefined && root === undefined)
    throw new UsageError(
      `There is no package.json above ${cwd}, so there is no default cache; go to your project, or name a cache with --cache DIR.`,
    );
  return cacheDirectoryOf(root ?? cwd, asked, cwd);
}
