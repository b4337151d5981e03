/**
 * How restage starts processes: its own files as built JavaScript or, from source (in tests), as TypeScript, and
 * programs that Ctrl-C must not end.
 */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const IS_SOURCE = import.meta.url.endsWith('.ts');

/** Path of an entry file, given its name without extension, relative to the file with this URL. */
export function ownEntry(name: string, from: string): string {
  return fileURLToPath(new URL(`${name}${IS_SOURCE ? '.ts' : '.js'}`, from));
}

/**
 * For `spawn`: a process group of its own. A terminal sends Ctrl-C to all processes of its group, and restage decides
 * itself what an interrupted run leaves undone. Windows has no such groups, and would open a window.
 */
export const OWN_GROUP = { detached: process.platform !== 'win32' } as const;

/** Node's arguments for such a process. From source, `restage` in a stage's bundle resolves to the source too. */
export const OWN_ARGUMENTS: readonly string[] = IS_SOURCE
  ? ['--conditions=@restage/source', '--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
  : [];
