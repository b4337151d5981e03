/** Where a backend's npm package is, and its version, found without loading the package. */
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendError } from '../../errors.ts';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the package. */
  readonly directory: string;
}

/** A backend's package, or part of it, is missing. */
export class NotInstalledError extends BackendError {
  /** What is missing, as a clause. */
  readonly lack: string;
  /** The command that installs it. */
  readonly command: string;

  constructor(lack: string, command: string) {
    super(`${lack}; get it with: ${command}.`);
    this.lack = lack;
    this.command = command;
  }
}

/**
 * The package, as it is resolved from this module or directory; undefined if it is not installed. @throws BackendError
 */
export function installedPackage(name: string, from: string): InstalledPackage | undefined {
  let manifest: string;
  try {
    // The real path, as its own dependencies are found from there.
    manifest = realpathSync(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
  const directory = dirname(manifest);
  try {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version?: unknown };
    if (typeof version !== 'string') throw new Error('it has no version');
    return { name, version, directory };
  } catch (error) {
    throw damagedPackage({ name, directory }, `package.json: ${(error as Error).message}`, error);
  }
}

/** The error for a package that is installed but unusable. */
export function damagedPackage(
  { name, directory }: Omit<InstalledPackage, 'version'>,
  what: string,
  cause: unknown,
): BackendError {
  const clause = what.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '');
  return new BackendError(
    `The package ${name} in ${directory} is damaged (${clause}); remove it and install it again.`,
    {
      cause,
    },
  );
}

/** A package that restage itself depends on. @throws NotInstalledError */
export function ownPackage(name: string): InstalledPackage {
  const found = installedPackage(name, import.meta.url);
  if (found === undefined) throw new NotInstalledError(`The package ${name} is not installed`, `npm install ${name}`);
  return found;
}

/**
 * What restage's own package exports, by require(): TensorFlow.js is CommonJS, and Node's import reads its megabyte for
 * names before it evaluates it, which takes longer than that does.
 */
export function loadOwn<Exports>(name: string): Exports {
  return createRequire(import.meta.url)(name) as Exports;
}

/** A package that users install by themselves: in their project, or wherever restage finds it. */
export function optionalPackage(name: string, projectRoot: string | undefined): InstalledPackage | undefined {
  const inProject = projectRoot === undefined ? undefined : installedPackage(name, join(projectRoot, 'package.json'));
  return inProject ?? installedPackage(name, import.meta.url);
}
