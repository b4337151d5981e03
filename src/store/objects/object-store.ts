/**
 * The object store: immutable bytes in files named by their SHA-256, `<cache>/objects/ab/<62 hex>`, which are written
 * in `<cache>/objects/tmp`.
 *
 * An object appears by a rename, complete or not at all, and never changes. Its length is checked with every use and
 * its digest by `isIntact`; one that is damaged counts as missing and is healed by the next `put` of the same bytes.
 * This file knows nothing of the record (SQLite): workers write here and their parent only records the digests.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, isDigest, sha256 } from '../../core/identity/digest.ts';
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import { ArtifactCorruptError, CacheError } from '../../errors.ts';
import { hashFileNow } from '../files/hash-file.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { storageError } from '../files/storage-error.ts';
import { tagDirectory } from '../files/tag-directory.ts';
import { discard, MAX_TRANSFER, namesIn, writeTemporary } from '../files/temporary-files.ts';
import { ArrivingFile } from './arriving-file.ts';
import { syncPaths } from './sync-paths.ts';

/** Values of up to this many bytes are in the database, and never get a file. */
export const INLINE_LIMIT = 4096;

/** On the same disk as the objects, which may be on another one than the record. */
export function objectsInWriting(cacheDirectory: string): string {
  return join(cacheDirectory, 'objects', 'tmp');
}

export interface StoredObject {
  readonly digest: Digest;
  readonly bytes: number;
}

export class ObjectStore {
  readonly #objects: string;
  readonly #temporary: string;

  /** Touches no file: directories are made by the first `put`, so that a cache which can only be read can be read. */
  constructor(cacheDirectory: string) {
    this.#objects = join(cacheDirectory, 'objects');
    this.#temporary = objectsInWriting(cacheDirectory);
  }

  path(digest: Digest): string {
    return join(this.#objects, digest.slice(0, 2), digest.slice(2));
  }

  /** Whether the object is there with this length. */
  has(digest: Digest, bytes: number): boolean {
    return sizeOf(this.path(digest)) === bytes;
  }

  /** Whether the object is there with this length and this digest: reads all of it. */
  isIntact(digest: Digest, bytes: number): boolean {
    return this.has(digest, bytes) && hashFileNow(this.path(digest)) === digest;
  }

  /** Stores the bytes, unless they are there. @throws CacheError */
  put(chunks: readonly Uint8Array[]): StoredObject {
    const digest = sha256(...chunks);
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    // Equal length is not enough: the bytes that are there may be damaged, and these would heal them.
    if (this.isIntact(digest, bytes)) return { digest, bytes };
    try {
      const temporary = writeTemporary(this.#temporary, chunks, () => this.#makeDirectories());
      try {
        // If another process has stored it meanwhile, equal bytes replace equal bytes.
        this.#moveIn(temporary, this.path(digest));
      } catch (error) {
        discard(temporary);
        throw error;
      }
    } catch (error) {
      throw storageError(error, `An artifact of ${bytes} bytes`, dirname(this.#objects));
    }
    return { digest, bytes };
  }

  /**
   * Stores bytes that come from elsewhere, as they come. False if they are not what the digest and the length say: then
   * nothing is stored.
   * @throws CacheError, and what the bytes throw
   */
  async receive({ digest, bytes }: StoredObject, chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
    const arriving = new ArrivingFile(this.#temporary, () => this.#makeDirectories());
    try {
      for await (const chunk of chunks) {
        arriving.write(chunk);
        if (arriving.bytes > bytes) break;
      }
      if (arriving.bytes !== bytes || arriving.finish() !== digest) return false;
      this.#moveIn(arriving.path, this.path(digest));
      return true;
    } catch (error) {
      throw storageError(error, `An artifact of ${bytes} bytes`, dirname(this.#objects));
    } finally {
      arriving.discard();
    }
  }

  /**
   * The bytes, at the start of a buffer of their own, so that typed arrays can share it. `verify` hashes them again.
   * @throws ArtifactCorruptError
   */
  read(digest: Digest, bytes: number, { verify = false }: { readonly verify?: boolean } = {}): Uint8Array {
    const path = this.path(digest);
    const file = openObject(path, digest);
    let content: Uint8Array;
    try {
      const { size } = fstatSync(file);
      if (size !== bytes) throw corrupt(digest, path, `has ${size} bytes where ${bytes} were stored`);
      const buffer = Buffer.allocUnsafeSlow(bytes);
      for (let offset = 0; offset < bytes;) {
        const count = readSync(file, buffer, offset, Math.min(bytes - offset, MAX_TRANSFER), null);
        if (count === 0) throw corrupt(digest, path, 'was shortened while it was read');
        offset += count;
      }
      content = new Uint8Array(buffer.buffer, 0, bytes);
    } catch (error) {
      throw readError(error, digest, path);
    } finally {
      closeSync(file);
    }
    if (verify && sha256(content) !== digest) throw corrupt(digest, path, 'does not hold what was stored');
    return content;
  }

  /**
   * Returns when these objects and their directory entries are on the disk: to be awaited before they are recorded.
   * @throws ArtifactCorruptError for an object that is not there
   */
  async sync(digests: readonly Digest[]): Promise<void> {
    const pending = [...new Set(digests)];
    const shards = [...new Set(pending.map((digest) => dirname(this.path(digest))))];
    try {
      await syncPaths(pending.map((digest) => this.path(digest)));
      await syncPaths([...shards, ...(shards.length === 0 ? [] : [this.#objects])]);
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      const missing = code === 'ENOENT' ? pending.find((digest) => this.path(digest) === path) : undefined;
      if (missing !== undefined) throw corrupt(missing, this.path(missing), 'is missing');
      throw storageError(error, 'The artifacts', dirname(this.#objects));
    }
  }

  /** An unknown object is not an error. */
  remove(digest: Digest): void {
    try {
      unlinkSync(this.path(digest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw storageError(error, 'An artifact', dirname(this.#objects));
    }
  }

  /** Removes the object if its bytes are not what its name says; returns whether it did. */
  removeDamaged(digest: Digest): boolean {
    const path = this.path(digest);
    if (!existsSync(path) || hashFileNow(path) === digest) return false;
    this.remove(digest);
    return true;
  }

  /**
   * Every object with the length of its file, for collection and checks. Files of other names are none of the store's.
   */
  *list(): Generator<StoredObject> {
    for (const shard of namesIn(this.#objects)) {
      if (shard.length !== 2) continue;
      for (const rest of namesIn(join(this.#objects, shard))) {
        const digest = shard + rest;
        const bytes = isDigest(digest) ? sizeOf(join(this.#objects, shard, rest)) : undefined;
        if (bytes !== undefined) yield { digest: digest as Digest, bytes };
      }
    }
  }

  #makeDirectories(): void {
    makeDirectory(this.#temporary);
    makeDirectory(this.#objects);
    // Not in the cache's root: objects can be made again, but the record beside them belongs into backups.
    tagDirectory(this.#objects);
  }

  #moveIn(temporary: string, path: string): void {
    try {
      renameSync(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeDirectory(dirname(path));
      renameSync(temporary, path);
    }
  }
}

function sizeOf(path: string): number | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : undefined;
  } catch {
    // A path that cannot be looked at holds nothing that can be used; writing there will say why.
    return undefined;
  }
}

function openObject(path: string, digest: Digest): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw readError(error, digest, path);
  }
}

/** Bytes that a disk has lost can be made again; those that it only does not give now cannot be replaced by a run. */
function readError(error: unknown, digest: Digest, path: string): unknown {
  if (error instanceof CacheError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return corrupt(digest, path, 'is missing');
  if (code === 'EIO') return corrupt(digest, path, 'cannot be read from its disk');
  if (code === 'EACCES')
    return new CacheError(`The artifact at ${path} may not be read by this user; change its permissions.`, {
      cause: error,
    });
  const meaning = systemErrorMeaning(error);
  if (meaning === undefined) return error;
  return new CacheError(
    `The artifact at ${path} cannot be read: ${meaning.cause}; ${meaning.remedy} (${meaning.code}).`,
    { cause: error },
  );
}

/** What ends the sentence about an artifact that is gone. Who knows which state had it offers more. */
export const NEXT_RUN_MAKES_IT = 'run again, and it will be made again';

function corrupt(digest: Digest, path: string, fault: string): ArtifactCorruptError {
  return new ArtifactCorruptError(`The artifact ${digest.slice(0, 8)} at ${path} ${fault}; ${NEXT_RUN_MAKES_IT}.`);
}
