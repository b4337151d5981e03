/** The cache of the verbs that look into what is there: by --cache, or beside the nearest package.json. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectoryOf, pipelinesAround } from '../planning/request/project.ts';
import { projectRoot } from '../identity/environment/package-root.ts';
import { UsageError } from '../errors.ts';
import { Cache } from '../store/cache.ts';
import { DATABASE_FILE } from '../store/database/database.ts';
import { text } from './options.ts';
import type { Io } from './io/io.ts';
import type { Call } from './verbs.ts';

/** Opens the cache, does the work and closes it. Makes no cache where there is none. @throws UsageError, CacheError */
export async function withCache<T>(call: Call, work: (cache: Cache) => T | Promise<T>): Promise<T> {
  return withCacheAt(cacheDirectoryOfVerb(call), call.io, work);
}

export async function withCacheAt<T>(directory: string, io: Io, work: (cache: Cache) => T | Promise<T>): Promise<T> {
  requireCache(directory, io);
  const cache = Cache.open(directory);
  try {
    return await work(cache);
  } finally {
    cache.close();
  }
}

function example(cwd: string): string {
  const [pipeline] = pipelinesAround(cwd);
  return pipeline === undefined ? '' : ` (restage run${pipeline === '.' ? '' : ` ${pipeline}`})`;
}

/** @throws UsageError if the directory holds no cache */
export function requireCache(directory: string, { cwd }: Io): void {
  if (!existsSync(join(directory, DATABASE_FILE)))
    throw new UsageError(
      `There is no cache in ${directory}; run a pipeline first${example(cwd)}, or name another directory with --cache DIR.`,
    );
}

/** Where a verb that names no pipeline looks. @throws UsageError */
export function cacheDirectoryOfVerb(call: Call): string {
  const workingDirectory = call.io.cwd;
  const asked = text(call, 'cache');
  const root = projectRoot(workingDirectory);
  if (asked === undefined && root === undefined)
    throw new UsageError(
      `There is no package.json above ${workingDirectory}, so there is no default cache; go to your project, or name a cache with --cache DIR.`,
    );
  return cacheDirectoryOf(root ?? workingDirectory, asked, workingDirectory);
}
