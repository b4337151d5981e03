/** The remote files of a task: each is there, with the bytes that are pinned, before the stage begins. */
import { rmSync, statSync } from 'node:fs';
import { hashFile } from '../../store/hash-file.ts';
import type { Task } from '../executor.ts';
import type { Reporter } from './reporter.ts';

/** @throws DownloadError, CacheError */
export async function fetchFiles(task: Task, reporter: Reporter, signal: AbortSignal): Promise<void> {
  for (const { source } of task.inputs) {
    if (source.type !== 'file' || source.remote === undefined) continue;
    const { path, remote } = source;
    if (await isIntact(path, source)) continue;
    const { download } = await import('./download.ts');
    await download(remote, path, {
      signal,
      onProgress: (done, total, note) => reporter.progress(done, total, note),
      onNote: (text) => reporter.log('log', text),
    });
  }
}

/** A download that was damaged since counts as missing: it is fetched again. */
async function isIntact(path: string, { digest, bytes }: { digest: string; bytes: number }): Promise<boolean> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return false;
  if (size === bytes && (await hashFile(path).catch(() => undefined)) === digest) return true;
  rmSync(path, { force: true });
  return false;
}
