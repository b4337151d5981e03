/** Writes a bundle: the same draft gives the same bytes. */
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { writeRefusal } from '../core/diagnostics/system-refusal.ts';
import { BundleError } from '../errors.ts';
import { ZipWriter } from './archive/write-zip.ts';
import type { BundleDraft } from './content/draft.ts';
import { manifestText, NAMES } from './manifest.ts';

/** How large the bundle will be, in bytes, as it is made and thrown away. @throws BundleError, CacheError */
export function measureBundle(draft: BundleDraft): number {
  return writeTo(draft, () => undefined);
}

/**
 * Writes the file whole or not at all; what a link leads to is replaced, and not the link.
 * @returns its length
 * @throws BundleError, CacheError
 */
export function writeBundle(draft: BundleDraft, path: string): number {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFile() === false)
    throw new BundleError(`${path} is not a file; name a file for the bundle, as in: -o bundle.zip.`);
  const target = there === undefined ? path : realpathSync(path);
  const temporary = `${target}.${process.pid}.tmp`;
  let file: number;
  try {
    file = openSync(temporary, 'wx');
  } catch (cause) {
    throw unwritten(path, cause);
  }
  try {
    const bytes = writeTo(draft, (chunk) => writeAll(file, chunk, path));
    try {
      renameSync(temporary, target);
    } catch (cause) {
      throw unwritten(path, cause);
    }
    return bytes;
  } finally {
    closeSync(file);
    rmSync(temporary, { force: true });
  }
}

function unwritten(path: string, cause: unknown): BundleError {
  return new BundleError(`${path} cannot be written: ${writeRefusal(cause)}.`, { cause });
}

function writeTo({ manifest, files }: BundleDraft, write: (chunk: Uint8Array) => void): number {
  const zip = new ZipWriter(write);
  zip.add(NAMES.manifest, Buffer.from(manifestText(manifest)));
  for (const [name, content] of files) zip.add(name, content());
  zip.finish();
  return zip.bytes;
}

function writeAll(file: number, chunk: Uint8Array, path: string): void {
  try {
    for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at, chunk.length - at);
  } catch (cause) {
    throw unwritten(path, cause);
  }
}
