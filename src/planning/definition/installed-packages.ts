/**
 * The packages that a pipeline imports, as they are installed: what an import of each can execute, which is memoised,
 * and where executable text imports it from: zod from one file in the cache, any other package from its own directory.
 *
 * Every pipeline imports zod, and Node takes 60 ms of processor time for its 95 modules and 20 ms for one: as long as a
 * complete run in which nothing changed. Keys do not depend on it: they name the installed package, as canonical text
 * does.
 */
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Digest } from '../../core/identity/digest.ts';
import { bundlePackage, packageReach } from '../../identity/code/bundle.ts';
import { isIntact, writeExecutable } from '../../identity/code/executables.ts';
import type { KnownSources } from '../../identity/code/sources/known-sources.ts';
import type { PackageReach } from '../../identity/code/packages/package-types.ts';
import { areUnchanged, type DependencyList } from '../../identity/dependency-list.ts';
import type { Cache } from '../../store/cache.ts';
import type { ModuleContent } from './loaded-modules.ts';
import { memoised } from './memoised.ts';

/**
 * Whether a module is imported as one file: if its package has no side effects and its files do not use their own
 * location.
 */
function isFlattened(packageName: string, file: string): boolean {
  return packageName === 'zod' && basename(file) === 'index.js' && basename(dirname(file)) === 'zod';
}

export interface InstalledPackages {
  readonly addressOf: (packageName: string, file: string) => Promise<string>;
  readonly reachOf: (file: string) => Promise<PackageReach>;
  /** What was bundled with them. */
  readonly sources: KnownSources;
  /** Paths of the files in the cache that were returned as addresses so far. */
  readonly given: ReadonlySet<string>;
  /** The modules that imports of these files execute where they are installed. */
  readonly executedInPlace: (files: readonly string[]) => Promise<readonly ModuleContent[]>;
}

export function installedPackages(cache: Cache): InstalledPackages {
  const given = new Set<string>();
  // Hundreds of modules import zod: whether its memo holds is looked at once.
  const flattened = new Map<string, Promise<string>>();
  const reaches = new Map<string, Promise<PackageReach>>();
  const reachOf = (file: string): Promise<PackageReach> => {
    let reach = reaches.get(file);
    if (reach === undefined) {
      reach = memoisedReach(cache, file);
      reaches.set(file, reach);
    }
    return reach;
  };
  const flatten = async (file: string): Promise<string> => {
    const path = await flatFile(cache, file, await reachOf(file));
    given.add(path);
    return pathToFileURL(path).href;
  };
  return {
    given,
    reachOf,
    sources: new Map(),
    async addressOf(packageName, file) {
      if (!isFlattened(packageName, file)) return pathToFileURL(file).href;
      let address = flattened.get(file);
      if (address === undefined) {
        address = flatten(file);
        flattened.set(file, address);
      }
      return address;
    },
    async executedInPlace(files) {
      const reached = await Promise.all(files.filter((file) => !flattened.has(file)).map(reachOf));
      const modules = reached.flatMap((reach) => reach.modules);
      return [...new Map(modules.map(({ file, digest }) => [file, digest]))];
    },
  };
}

async function memoisedReach(cache: Cache, file: string): Promise<PackageReach> {
  // Of a reach that is not memoised, the witnesses say why.
  let fresh: PackageReach | undefined;
  const memo = await memoised(cache, 'package', [file], async () => {
    fresh = await packageReach(file, (path) => cache.memos.sourceDigest(path));
    const { witnesses, ...rest } = fresh;
    return { ...rest, files: unlessChanged(cache, witnesses) };
  });
  const { files, ...rest } = memo;
  return fresh ?? { ...rest, witnesses: files ?? [] };
}

/** The reach has the digests of what was read, so its memo needs no clock. */
function unlessChanged(cache: Cache, witnesses: DependencyList): DependencyList | undefined {
  return areUnchanged(cache.memos, witnesses) ? witnesses : undefined;
}

/** Text of the file, by the content of all that it is made of. */
async function flatFile(cache: Cache, file: string, { modules, witnesses }: PackageReach): Promise<string> {
  const content = modules.map((module): readonly [string, Digest] => [module.file, module.digest]);
  // Relative, so that a copy of the cache refers to its own file.
  const { path } = await memoised(
    cache,
    'flat',
    [file, content],
    async () => {
      const { text, map } = await bundlePackage(file);
      const written = writeExecutable(cache.directory, text, map);
      return { path: relative(cache.directory, written), files: unlessChanged(cache, witnesses) };
    },
    (memo) => isIntact(join(cache.directory, memo.path)),
  );
  return join(cache.directory, path);
}
