/**
 * Fetches a remote file into the cache. It resumes after an interruption, retries with growing pauses, and moves the
 * file to its place only when its length and digest match the pin.
 *
 * Bytes are kept as they arrive (`.part`), since only those can be resumed; they are decoded once all have arrived.
 * When two processes want the same file, one fetches it and the other waits.
 */
import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RemoteFile } from '../../core/authoring/file-ref.ts';
import { DownloadError } from '../../errors.ts';
import { DownloadClaim, partPath } from '../../store/coordination/downloads.ts';
import { storageError } from '../../store/files/storage-error.ts';
import { type DownloadDiagnostic, unpack } from './download-check.ts';
import { PartialFile } from './download-part.ts';
import { receive } from './download-receive.ts';
import { Interruption } from './http-get.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Bytes so far and in total, as sent over the network, with a note for display. */
  readonly onProgress: (done: number, total: number, note: string) => void;
  readonly onNote: (text: string) => void;
  /** How long the server may be silent, in milliseconds. */
  readonly stallMs?: number;
  /** The pause before the second try, in milliseconds; each further pause is twice as long. */
  readonly pauseMs?: number;
}

const STALL_MS = 60_000;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const POLL_MS = 100;
/** The download fails after this many interruptions in a row, by weight. */
const PATIENCE = 6;
/** A try that brought this share of the file resets the count of interruptions. */
const WORTHWHILE = 0.05;

/**
 * Returns when the file is at `path`, decoded and read-only.
 * @throws DownloadError, CacheError, or the signal's reason
 */
export async function download(remote: RemoteFile, path: string, options: DownloadOptions): Promise<void> {
  try {
    const claim = await claimed(path, remote, options);
    if (claim === undefined) return;
    try {
      if (!isThere(path, remote)) await fetchInto(path, remote, options);
    } finally {
      claim.release();
    }
  } catch (error) {
    throw storageError(error, `The download of ${remote.url}`, dirname(dirname(path)));
  }
}

/** Waits while another process downloads the file; undefined once the file exists. */
async function claimed(path: string, remote: RemoteFile, options: DownloadOptions): Promise<DownloadClaim | undefined> {
  for (let waited = 0; ; waited++) {
    if (isThere(path, remote)) return undefined;
    const claim = DownloadClaim.take(path);
    if (claim !== undefined) return claim;
    const { size = 0 } = statSync(partPath(path), { throwIfNoEntry: false }) ?? {};
    options.onProgress(Math.min(size, remote.bytes), remote.bytes, 'another process is downloading it');
    // Two processes that refused each other must not collide again: their pids differ.
    await delay(POLL_MS + (waited === 0 ? process.pid % POLL_MS : 0), undefined, { signal: options.signal });
  }
}

function isThere(path: string, { bytes }: RemoteFile): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === bytes;
}

async function fetchInto(path: string, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const part = new PartialFile(path, remote);
  try {
    for (let round = 1; ; round++) {
      await persist(part, remote, options);
      part.close();
      rmSync(`${path}.tmp`, { force: true });
      const fault = await unpack(remote, partPath(path), `${path}.tmp`, options.signal);
      if (fault === undefined) break;
      rmSync(`${path}.tmp`, { force: true });
      const wasPieced = part.isPieced;
      part.discard();
      // Bytes from several responses may belong to several versions of the file. Fetch it once more, in one piece.
      if (!wasPieced || round === 2) throw notTheFile(remote, fault);
      options.onNote(
        `The resumed bytes of ${remote.url} do not fit the earlier ones; fetching the complete file again.`,
      );
    }
    renameSync(`${path}.tmp`, path);
    part.discard();
  } finally {
    if (part.size === 0) part.discard();
    part.close();
  }
}

/** Tries until all bytes are there. */
async function persist(part: PartialFile, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const { signal, onNote, onProgress, stallMs = STALL_MS, pauseMs = PAUSE_MS } = options;
  let spent = 0;
  let pause = pauseMs;
  for (;;) {
    const before = part.size;
    try {
      const fault = await receive(part, remote, { signal, stallMs, onProgress });
      if (fault === undefined) return;
      throw notTheFile(remote, fault);
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      if (part.size - before >= WORTHWHILE * remote.bytes && part.size > before) [spent, pause] = [0, pauseMs];
      spent += error.weight;
      if (spent >= PATIENCE) throw unreachable(remote, error, part.size);
      const wait = Math.max(pause, error.retryAfterMs);
      onNote(`${remote.url}: ${error.message}; trying again in ${(wait / 1000).toFixed(1)} s.`);
      await delay(wait, undefined, { signal });
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }
}

function notTheFile({ url, otherwise }: RemoteFile, { refused, clause }: DownloadDiagnostic): DownloadError {
  return new DownloadError(
    refused
      ? `${url} could not be fetched: ${clause}; check the address, or ${otherwise}.`
      : `${url} does not give the pinned file: ${clause}, and no byte of it was kept; ${otherwise}.`,
  );
}

function unreachable({ url, otherwise }: RemoteFile, cause: Interruption, kept: number): DownloadError {
  const rest = kept === 0 ? '' : ` (the ${kept} bytes that came are kept, and the next run resumes from there)`;
  const network = proxyIgnored(url) ?? 'run again when the network is available';
  return new DownloadError(`${url} could not be fetched: ${cause.message}${rest}; ${network}, or ${otherwise}.`, {
    cause,
  });
}

/** The advice if a proxy is configured but Node does not use it: the likeliest reason for an unreachable network. */
function proxyIgnored(url: string): string | undefined {
  const name = url.startsWith('https:') ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const isSet = process.env[name] !== undefined || process.env[name.toLowerCase()] !== undefined;
  return isSet && process.env['NODE_USE_ENV_PROXY'] !== '1'
    ? `set NODE_USE_ENV_PROXY=1 (Node 24.5 or later) for ${name} to be used`
    : undefined;
}
