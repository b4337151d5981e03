/**
 * Bundled modules as files that Node can import: `<cache>/code/<sha256>.mjs`, beside their source maps.
 *
 * The name is the digest of the content, so a modified file is noticed before it is executed.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../../core/identity/digest.ts';
import { replaceFile } from '../../store/files/temporary-files.ts';

/** Writes a module with its source map, unless it exists; returns its path. */
export function writeExecutable(cacheDirectory: string, text: string, map: string): string {
  const path = join(cacheDirectory, 'code', `${sha256(text)}.mjs`);
  if (isIntact(path)) return path;
  const mapFile = `${path}.map`;
  replaceFile(mapFile, map, 'A source map');
  replaceFile(path, text + linkTo(mapFile), 'A bundle of code');
  return path;
}

/** Whether the file exists with the content that was written. */
export function isIntact(path: string): boolean {
  try {
    // As bytes: the largest has half a megabyte.
    const content = readFileSync(path);
    const link = Buffer.from(linkTo(`${path}.map`));
    const text = content.subarray(0, -link.length);
    return content.subarray(-link.length).equals(link) && path.endsWith(`${sha256(text)}.mjs`);
  } catch {
    return false;
  }
}

/** As `isIntact`, of a file of this cache: a copied cache remembers files of the one that it was copied from. */
export function isIntactIn(cacheDirectory: string, path: string): boolean {
  return dirname(path) === join(cacheDirectory, 'code') && isIntact(path);
}

/** Executables that this process has imported. It imports a file once, so one check before the import is enough. */
export class ImportedExecutables {
  readonly #intact = new Set<string>();

  isIntact(path: string): boolean {
    if (this.#intact.has(path)) return true;
    const intact = isIntact(path);
    if (intact) this.#intact.add(path);
    return intact;
  }
}

function linkTo(mapFile: string): string {
  return `\n//# sourceMappingURL=${mapFile.slice(mapFile.lastIndexOf('/') + 1)}\n`;
}
