/** The lock file of a project: beside its package.json or above it, where the project is part of a workspace. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { readRefusal } from '../../core/diagnostics/system-refusal.ts';
import { BundleError } from '../../errors.ts';
import { type LockSlice, NOTHING_LOCKED, sliceLock, type WantedPackage } from './lock-slice.ts';
import { packagesOfPnpm } from './pnpm-lock.ts';
import { type AskedFor, packagesOfYarn } from './yarn-lock.ts';

const OF_NPM = ['package-lock.json', 'npm-shrinkwrap.json'];
/** What npm itself wrote, also where the project keeps no lock file, is last. */
const FILES = [...OF_NPM, 'pnpm-lock.yaml', 'yarn.lock', 'node_modules/.package-lock.json'];

/** @throws BundleError if there is no lock file, or it does not have what is wanted */
export function sliceOfProject(root: string | undefined, wanted: readonly WantedPackage[]): LockSlice {
  if (wanted.length === 0) return NOTHING_LOCKED;
  const names = wanted.map(({ name }) => name).join(', ');
  if (root === undefined)
    throw new BundleError(
      `The stages import ${names}, and there is no project here whose lock file says which; make the bundle in the folder of the project.`,
    );
  const file = lockFileOf(root);
  if (file === undefined)
    throw new BundleError(
      `The stages import ${names}, and ${root} has no lock file of npm, pnpm or Yarn 1 that says which; write one with: npm install --package-lock-only.`,
    );
  let lock: unknown;
  try {
    lock = read(file, root);
  } catch (cause) {
    if (cause instanceof BundleError) throw cause;
    throw new BundleError(
      `${file} cannot be read: ${readRefusal(cause).split('\n', 1)[0]}; write it again with its package manager.`,
      { cause },
    );
  }
  return sliceLock(lock, wanted, file);
}

/** As npm's lock file is. */
function read(file: string, root: string): unknown {
  const text = readFileSync(file, 'utf8');
  switch (basename(file)) {
    case 'pnpm-lock.yaml':
      return { packages: packagesOfPnpm(text, relative(dirname(file), root).replaceAll('\\', '/') || '.', file) };
    case 'yarn.lock':
      return {
        packages: packagesOfYarn(text, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as AskedFor, file),
      };
    default:
      return JSON.parse(text);
  }
}

function lockFileOf(root: string): string | undefined {
  for (let at = root; ; at = dirname(at)) {
    const file = FILES.map((name) => join(at, name)).find((path) => existsSync(path));
    if (file !== undefined || dirname(at) === at) return file;
  }
}
