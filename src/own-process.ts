/** How restage starts its own files as processes: as built JavaScript or, from source (in tests), as TypeScript. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const IS_SOURCE = import.meta.url.endsWith('.ts');

/** Path of an entry file, given its name without extension, relative to the file with this URL. */
export function ownEntry(name: string, from: string): string {
  return fileURLToPath(new URL(`${name}${IS_SOURCE ? '.ts' : '.js'}`, from));
}

/** Node's arguments for such a process. From source, `restage` in a stage's bundle resolves to the source too. */
export const OWN_ARGUMENTS: readonly string[] = IS_SOURCE
  ? ['--conditions=@restage/source', '--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
  : [];
