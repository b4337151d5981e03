/** The lock file of a project: npm's, beside its package.json or above it, where the project is part of a workspace. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BundleError } from '../../errors.ts';
import { type LockSlice, NOTHING_LOCKED, sliceLock, type WantedPackage } from './lock-slice.ts';

/** What npm itself wrote, also where the project keeps no lock file. */
const FILES = ['package-lock.json', 'npm-shrinkwrap.json', 'node_modules/.package-lock.json'];

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
      `The stages import ${names}, and ${root} has no lock file of npm that says which; write one with: npm install --package-lock-only.`,
    );
  let lock: unknown;
  try {
    lock = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new BundleError(`${file} cannot be read: ${(cause as Error).message}; write it again with: npm install.`, {
      cause,
    });
  }
  return sliceLock(lock, wanted, file);
}

function lockFileOf(root: string): string | undefined {
  for (let at = root; ; at = dirname(at)) {
    const file = FILES.map((name) => join(at, name)).find((path) => existsSync(path));
    if (file !== undefined || dirname(at) === at) return file;
  }
}
