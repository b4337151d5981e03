/** The directories of packages: of the project around a path, and of the running restage. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest directory with a package.json, from here upwards. */
export function projectRoot(directory: string): string | undefined {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** The directory of the running restage. */
export function restageRoot(): string {
  const root = projectRoot(dirname(fileURLToPath(import.meta.url)));
  if (root === undefined) throw new Error('internal error: restage has lost its package.json');
  return root;
}

/** restage's own version, from its package.json. */
export function restageVersion(): string {
  return (JSON.parse(readFileSync(join(restageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}
