/**
 * Where executable text imports packages from: zod from one file in the cache, any other package from where it is
 * installed.
 *
 * Every pipeline imports zod, and Node takes 60 ms of processor time for its 95 modules and 20 ms for one: as long as a
 * complete run in which nothing changed. Keys do not depend on it: they name the installed package, as canonical text
 * does.
 */
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundlePackage } from '../../identity/code/bundle.ts';
import { isIntact, writeExecutable } from '../../identity/code/executables.ts';
import type { Cache } from '../../store/cache.ts';
import { memoKey } from './memo-key.ts';

/**
 * Whether a module is imported as one file: if its package has no side effects and its files do not use their own
 * location.
 */
function isFlattened(packageName: string, file: string): boolean {
  return packageName === 'zod' && basename(file) === 'index.js' && basename(dirname(file)) === 'zod';
}

export interface Addresses {
  readonly addressOf: (packageName: string, file: string) => Promise<string>;
  /** Paths of the files in the cache that were returned so far. */
  readonly given: ReadonlySet<string>;
}

export function packageAddresses(cache: Cache): Addresses {
  const given = new Set<string>();
  return {
    given,
    async addressOf(packageName, file) {
      if (!isFlattened(packageName, file)) return pathToFileURL(file).href;
      const path = await flatFile(cache, file);
      given.add(path);
      return pathToFileURL(path).href;
    },
  };
}

/** A package's files change only together with its package.json. */
async function flatFile(cache: Cache, file: string): Promise<string> {
  const key = memoKey('flat', [file, cache.memos.sourceDigest(join(dirname(file), 'package.json'))]);
  const known = cache.memos.get(key)?.toString();
  if (known !== undefined && isIntact(known)) return known;
  const { text, map } = await bundlePackage(file);
  const path = writeExecutable(cache.directory, text, map);
  cache.memos.set(key, 'flat', Buffer.from(path));
  return path;
}
