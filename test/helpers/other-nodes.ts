/**
 * Other versions of Node to run things with: npm's builds of them, fetched once by `npm ci` as test/helpers/nodes asks,
 * with the binding to SQLite that restage takes on them.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { disposableDirectory } from './disposable.ts';

const FOLDER = fileURLToPath(new URL('./nodes', import.meta.url));
const SQLITE = join(FOLDER, 'node_modules/better-sqlite3');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The executable of this major version; undefined where there is none for this machine, or no registry to get it from.
 */
export function otherNode(major: 22 | 24): string | undefined {
  const executable = join(FOLDER, 'node_modules', `node${major}-${process.arch}`, 'bin/node');
  // An older checkout may have fetched less.
  const isThere = (): boolean => [executable, SQLITE].every((path) => existsSync(path));
  if (!isThere() && process.platform === 'linux') fetchNodes();
  return isThere() ? executable : undefined;
}

/** The built command line as another Node's npm installs it: with SQLite over Node-API. @returns the file to start */
export function restageOfOtherNodes(): string {
  const folder = disposableDirectory('restage-other-node-');
  const packages = join(folder, 'node_modules');
  mkdirSync(packages);
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    // What is not there cannot be taken.
    if (!name.startsWith('better-sqlite3')) symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  symlinkSync(SQLITE, join(packages, 'better-sqlite3-node-api'));
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  return join(folder, 'dist/cli/bin.js');
}

/** In a folder of its own, for several test files may do so at once; whoever is first moves it into place. */
function fetchNodes(): void {
  mkdirSync(join(ROOT, 'node_modules'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'node_modules/.nodes-'));
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      if (existsSync(join(FOLDER, name))) copyFileSync(join(FOLDER, name), join(folder, name));
    // No links to executables: they would come before the node that runs the tests.
    execFileSync('npm', ['ci', '--no-bin-links', '--ignore-scripts', '--engine-strict=false'], {
      cwd: folder,
      stdio: 'pipe',
      timeout: 240_000,
    });
    if (!existsSync(SQLITE)) rmSync(join(FOLDER, 'node_modules'), { recursive: true, force: true });
    renameSync(join(folder, 'node_modules'), join(FOLDER, 'node_modules'));
  } catch {
    // There is no registry, or another one was first.
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
