/** How the package.json of a new project names the restage that is running. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

export interface RestageSpec {
  /** For `dependencies`: `file:../restage`, `github:someone/restage`, `^1.0.0`. */
  readonly spec: string;
  /** A clause for people: where this spec comes from. */
  readonly origin: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>;
}

/**
 * restage is not on a registry, so its name and version alone say nothing. An installed restage came by a spec that the
 * package.json around it records (npx keeps such a project too); a checkout is named by its folder.
 */
export function restageSpec(restage: string, project: string): RestageSpec {
  if (basename(dirname(restage)) === 'node_modules') {
    const home = dirname(dirname(restage));
    const recorded = recordedSpec(home);
    if (recorded !== undefined)
      return { spec: rebased(recorded, home, project), origin: `as in ${join(home, 'package.json')}` };
  }
  return { spec: fileSpec(restage, project), origin: 'the folder that this command runs from' };
}

function recordedSpec(home: string): string | undefined {
  const { dependencies, devDependencies } = readJson<Manifest>(join(home, 'package.json')) ?? {};
  const asked = dependencies?.['restage'] ?? devDependencies?.['restage'];
  if (asked !== undefined) return asked;
  // A dependency of another package: only the lock file knows where it came from.
  return readJson<Lock>(join(home, 'package-lock.json'))?.packages?.['node_modules/restage']?.resolved;
}

/** npm resolves a relative file from the package.json that names it. */
function rebased(spec: string, home: string, project: string): string {
  const path = /^(?:file:|(?=\.{0,2}\/))(.+)$/.exec(spec)?.[1];
  return path === undefined ? spec : fileSpec(resolve(home, path), project);
}

function fileSpec(path: string, project: string): string {
  return `file:${relative(project, path).replaceAll('\\', '/')}`;
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
