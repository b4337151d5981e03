/** How files of restage are started as processes of their own: as they were built or, from source (tests), as TypeScript. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const IS_SOURCE = import.meta.url.endsWith('.ts');

/** Path of an entry, given relative to the file with this URL and without its ending. */
export function ownEntry(name: string, from: string): string {
  return fileURLToPath(new URL(`${name}${IS_SOURCE ? '.ts' : '.js'}`, from));
}

/** Node's arguments for it. From source, `restage` in a stage's bundle means the source as well. */
export const OWN_ARGUMENTS: readonly string[] = IS_SOURCE
  ? ['--conditions=@restage/source', '--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
  : [];
