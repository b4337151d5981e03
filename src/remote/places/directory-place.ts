/**
 * A directory as a place: on this disk, on one that is mounted, or shared by a network. A blob is written beside its
 * name and linked to it, which fails if the name is taken: so it is there complete or not at all, and whoever is first
 * wins.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { link, mkdir, open, opendir, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import { RemoteError } from '../../errors.ts';
import type { Blob, BlobSource, CallOptions, Place, ReadOptions, RemoteFailure } from './contract.ts';
import { GONE, NO_HOME } from './gone.ts';
import { checkedKey } from './key.ts';
import { inLanes } from './lanes.ts';

/** How the name of a file ends that is being written. */
const WRITING = /\.[0-9a-f]{16}\.tmp$/;
const AT_ONCE = 8;

export class DirectoryPlace implements Place {
  readonly address: string;
  readonly parallel = AT_ONCE;
  readonly repeats = false;
  /** It was seen, so it is not made again when it is gone: nobody would look for what is pushed to the new one. */
  #wasThere = false;

  /** @param directory absolute; the first blob makes it, below one that is there */
  constructor(directory: string) {
    this.address = directory;
  }

  async read(key: string, { from = 0, signal }: ReadOptions = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.#path(key);
    if ((await this.#sizeOf(path)) === undefined) {
      await this.#requireThere();
      return undefined;
    }
    return this.#told(createReadStream(path, { start: from, ...(signal && { signal }) }) as AsyncIterable<Uint8Array>);
  }

  async insert(key: string, source: BlobSource, { signal }: CallOptions = {}): Promise<'stored' | 'there'> {
    const path = this.#path(key);
    if ((await this.#sizeOf(path)) !== undefined) return 'there';
    const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
    try {
      await this.#makeDirectory(dirname(path));
      await write(temporary, source, signal);
      await link(temporary, path);
      this.#wasThere = true;
      return 'stored';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await this.#sizeOf(path)) !== undefined)
        return 'there';
      throw this.#failure(error, 'written');
    } finally {
      // Where it could not be made, there is nothing to remove; where it cannot be removed, nobody takes it for a blob.
      await unlink(temporary).catch(() => undefined);
    }
  }

  async find(keys: readonly string[], { signal }: CallOptions = {}): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const look = async (key: string): Promise<void> => {
      const bytes = await this.#sizeOf(this.#path(key));
      if (bytes !== undefined) found.set(key, bytes);
    };
    await inLanes(keys, AT_ONCE, look, signal);
    if (found.size < keys.length) await this.#requireThere();
    return found;
  }

  async *list(prefix: string, { signal }: CallOptions = {}): AsyncGenerator<Blob> {
    // Only the folder that the prefix names can hold such keys.
    yield* this.#below(join(this.address, prefix.slice(0, prefix.lastIndexOf('/') + 1)), prefix, signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#below(directory: string, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<Blob> {
    for await (const entry of this.#entriesOf(directory)) {
      signal?.throwIfAborted();
      const path = join(directory, entry.name);
      const key = relative(this.address, path).split(sep).join('/');
      if (entry.isDirectory()) yield* this.#below(path, prefix, signal);
      else if (key.startsWith(prefix) && !WRITING.test(key)) {
        const bytes = await this.#sizeOf(path);
        if (bytes !== undefined) yield { key, bytes };
      }
    }
  }

  async *#entriesOf(directory: string): AsyncGenerator<Dirent> {
    try {
      for await (const entry of await opendir(directory)) yield entry;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw this.#failure(error, 'read');
      await this.#requireThere();
    }
  }

  /** Where nothing is found, the place itself may be gone. @throws RemoteError */
  async #requireThere(): Promise<void> {
    if (!this.#wasThere) return;
    try {
      await stat(this.address);
    } catch (error) {
      throw this.#failure(error, 'read');
    }
  }

  #path(key: string): string {
    return join(this.address, ...checkedKey(key).split('/'));
  }

  async #sizeOf(path: string): Promise<number | undefined> {
    try {
      const found = await stat(path);
      this.#wasThere = true;
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#failure(error, 'read');
    }
  }

  /** Not what is above the place itself: a disk that is not mounted is not to be filled in its stead. */
  async #makeDirectory(directory: string): Promise<void> {
    if (directory !== this.address && directory !== dirname(directory)) await this.#makeDirectory(dirname(directory));
    else if (this.#wasThere) return;
    try {
      await mkdir(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }

  async *#told(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (error) {
      throw this.#failure(error, 'read');
    }
  }

  /** In one sentence; an error that is not of the file system, such as that of an interrupt, as it is. */
  #failure(error: unknown, what: 'read' | 'written'): unknown {
    const meaning = systemErrorMeaning(error);
    if (error instanceof RemoteError || meaning === undefined) return error;
    const { code, cause, remedy } = meaning;
    const known = this.#wasThere && code === 'ENOENT' ? GONE : SENTENCES[code];
    const sentence = known ?? `${cause}; ${remedy}`;
    return new RemoteError(FAILURES[code] ?? 'refused', `${this.address} cannot be ${what}: ${sentence} (${code}).`, {
      cause: error,
    });
  }
}

async function write(path: string, source: BlobSource, signal: AbortSignal | undefined): Promise<void> {
  const file = await open(path, 'wx', 0o444);
  try {
    for await (const chunk of source.open()) {
      signal?.throwIfAborted();
      for (let offset = 0; offset < chunk.byteLength;) offset += (await file.write(chunk, offset)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

const FAILURES: Readonly<Record<string, RemoteFailure>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
  ENOENT: 'unreachable',
  EIO: 'unreachable',
  ESTALE: 'unreachable',
  ENODEV: 'unreachable',
};

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: NO_HOME,
  ENOTSUP: 'its file system has no hard links, which make a blob appear complete; use another place',
};
