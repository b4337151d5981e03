/** A server with the behaviour of real-world servers, a cache, and downloads from the one into the other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { RemoteFile } from '../../../src/core/authoring/file-ref.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { download, type DownloadOptions } from '../../../src/executors/fetch/download.ts';
import { downloadPath } from '../../../src/store/coordination/downloads.ts';
import { FileServer, serving } from '../../helpers/file-server.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

/** Has no pattern that a shifted or repeated piece would fit into. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export const CONTENT = bytesOf(300_000);
export const PACKED = gzipSync(CONTENT);

export interface Fetched {
  readonly content: Buffer;
  readonly notes: readonly string[];
  readonly progress: readonly (readonly [done: number, total: number, note: string])[];
}

export class DownloadLab {
  server: FileServer;
  cache = temporaryDirectory();

  private constructor(server: FileServer) {
    this.server = server;
  }

  /** The server gives CONTENT, and the cache is empty. */
  static async start(): Promise<DownloadLab> {
    return new DownloadLab(await FileServer.start(serving(CONTENT)));
  }

  /** CONTENT as a remote file. */
  pinned(changes: Partial<RemoteFile> = {}): RemoteFile {
    return {
      url: this.server.url(),
      sha256: sha256(CONTENT),
      bytes: CONTENT.length,
      encoding: 'identity',
      otherwise: 'give it by hand',
      ...changes,
    };
  }

  place(remote: RemoteFile): string {
    return downloadPath(this.cache, remote.sha256);
  }

  async fetch(remote = this.pinned(), options: Partial<DownloadOptions> = {}): Promise<Fetched> {
    const notes: string[] = [];
    const progress: [number, number, string][] = [];
    await download(remote, this.place(remote), {
      signal: new AbortController().signal,
      onProgress: (...told) => progress.push(told),
      onNote: (text) => notes.push(text),
      pauseMs: 1,
      ...options,
    });
    return { content: readFileSync(this.place(remote)), notes, progress };
  }

  /** The sentence of the error with which the download fails. */
  async failure(remote = this.pinned(), options: Partial<DownloadOptions> = {}): Promise<string> {
    const error: unknown = await this.fetch(remote, options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/^(DOWNLOAD|CACHE)$/) as string });
    const { message } = error as Error;
    expect(message.split('\n')).toHaveLength(1);
    expect(message).toMatch(/\.$/);
    return message;
  }

  /** The files beside the download. */
  leftovers(): readonly string[] {
    const names = readdirSync(join(this.cache, 'downloads')).filter((name) => name !== 'CACHEDIR.TAG');
    return names.map((name) => name.replace(/^[0-9a-f]{64}/, '')).sort();
  }
}
