/** The bundled definition of a pipeline or an experiment: one file that a process imports. */
import { bundleDefinition } from '../../identity/code/bundle.ts';
import { isIntactIn, writeExecutable } from '../../identity/code/executables.ts';
import { listDependencies } from '../../identity/dependency-list.ts';
import type { Cache } from '../../store/cache.ts';
import type { Project } from '../request/project.ts';
import type { Begins } from './begins.ts';
import { installedPackages } from './installed-packages.ts';
import type { ModuleContent } from './loaded-modules.ts';
import { memoised, type WithFiles } from './memoised.ts';

export interface BundleMemo extends WithFiles {
  readonly executable: string;
  /** Other files of the cache that it imports. */
  readonly imports: readonly string[];
  /** The modules of packages that it executes. */
  readonly modules: readonly ModuleContent[];
}

export async function bundled(
  cache: Cache,
  project: Project,
  begins: Begins,
  installed = installedPackages(cache),
): Promise<BundleMemo> {
  return memoised(
    cache,
    'definition',
    [project.entry],
    async () => {
      begins('bundling');
      const { text, map, files, readSince, witnesses, imports } = await bundleDefinition(project.entry, installed);
      return {
        executable: writeExecutable(cache.directory, text, map),
        imports: [...installed.given],
        modules: await installed.executedInPlace(imports),
        files: listDependencies(cache.memos, files, witnesses, readSince),
      };
    },
    ({ executable, imports }) => [executable, ...imports].every((path) => isIntactIn(cache.directory, path)),
  );
}
