/** The remote files of a task: before the stage begins, each exists with its pinned bytes. */
import { rmSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CacheError } from '../../errors.ts';
import { DownloadClaim } from '../../store/coordination/downloads.ts';
import type { FileSource, Task } from '../contract.ts';
import { verifiedFiles } from './verified-files.ts';

const POLL_MS = 100;

/** Receives the progress and notes of a download. */
export interface FetchListener {
  progress(done: number, total: number, note: string | undefined): void;
  note(text: string): void;
}

/** @throws DownloadError, CacheError, or the signal's reason */
export async function fetchFiles(task: Task, listener: FetchListener, signal: AbortSignal): Promise<void> {
  for (const { source } of task.inputs) {
    if (source.type !== 'file' || source.remote === undefined) continue;
    const { path, remote } = source;
    if (await isThere(source, signal)) continue;
    const { download } = await import('./download.ts');
    await download(remote, path, {
      signal,
      onProgress: (done, total, note) => listener.progress(done, total, note),
      onNote: (text) => listener.note(text),
    });
  }
}

/** A download that was damaged later counts as missing: it is removed and fetched again. */
async function isThere(source: FileSource, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const state = await look(source);
    if (state !== 'damaged') return state === 'intact';
    const claim = DownloadClaim.take(source.path);
    if (claim !== undefined) {
      try {
        // Another process may have fetched it again before this one had the claim.
        if ((await look(source)) === 'damaged') rmSync(source.path, { force: true });
      } finally {
        claim.release();
      }
    } else await delay(POLL_MS + (process.pid % POLL_MS), undefined, { signal });
  }
}

/** @throws CacheError for a file that cannot be read; that says nothing about its bytes */
async function look({ path, digest, bytes }: FileSource): Promise<'intact' | 'damaged' | 'absent'> {
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) return 'absent';
    return size === bytes && (await verifiedFiles.digest(path)) === digest ? 'intact' : 'damaged';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'absent';
    throw new CacheError(
      `The download ${path} could not be read (${message}), and was left unchanged; run again, or remove it so that it is fetched again.`,
      { cause: error },
    );
  }
}
