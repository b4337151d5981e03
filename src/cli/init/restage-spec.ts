/** How a new project can have the very restage that is running: what its package.json has to name. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

export interface RestageSpec {
  /** For `dependencies`: `file:../restage`, `github:someone/restage`, `^1.0.0`. */
  readonly spec: string;
  /** A clause for people: where that was learnt from. */
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
 * restage is on no registry, so its name and version alone say nothing. An installed one was had by a spec that the
 * project it is installed in has on record (npx keeps such a project too); a checkout is named by its folder.
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
  // A package that came along with another one: only the lock file knows from where.
  return readJson<Lock>(join(home, 'package-lock.json'))?.packages?.['node_modules/restage']?.resolved;
}

/** npm means a relative file by the package.json that names it. */
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
