/**
 * Live files: `<cache>/live/<run>.ndjson`, what a run that is in progress tells, for other processes to follow. The
 * first line says whose it is; each further one is an entry, as it came. The file goes when the run ends; a run that is
 * over within a tenth of a second never has one. Following takes no lock and no database, only the right to read.
 */
import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import { namesIn } from '../files/temporary-files.ts';
import { isGone } from './owner.ts';

/** Whose live file it is. */
export interface LiveRun {
  readonly run: number;
  readonly pipeline: string;
  /** The pipeline's file, absolute, on the host where it runs. */
  readonly entry: string;
  /** The words of the command line that made it; empty for a run from code. */
  readonly argv: readonly string[];
  /** As in owner.ts. */
  readonly owner: string;
}

export const CHUNK_BYTES = 1 << 20;
export const NEWLINE = 10;

export function liveDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'live');
}

export function livePath(cacheDirectory: string, run: number): string {
  return join(liveDirectory(cacheDirectory), `${run}.ndjson`);
}

/** The runs that are going on in a cache directory, newest first. Changes nothing. */
export function liveRuns(cacheDirectory: string): readonly LiveRun[] {
  return readLive(liveDirectory(cacheDirectory))
    .flatMap(({ run, gone }) => (run === undefined || gone ? [] : [run]))
    .sort((a, b) => b.run - a.run);
}

/** Removes what dead runs left behind. */
export function removeLeftovers(directory: string): void {
  for (const { path, gone } of readLive(directory)) if (gone) rmSync(path, { force: true });
}

/** Live files of dead runs. The next run that can be watched removes them, too. */
export function* liveDiagnostics(cacheDirectory: string, repair: boolean): Generator<Diagnostic> {
  for (const { path, gone } of readLive(liveDirectory(cacheDirectory))) {
    if (!gone) continue;
    if (repair) rmSync(path, { force: true });
    const remedy = repair ? 'it was removed' : '"restage fsck --repair" removes it';
    const text = `The live file ${path} is left over from a run that was killed; ${remedy}.`;
    yield { kind: 'temporary', damage: false, text, repaired: repair };
  }
}

interface Found {
  readonly path: string;
  /** Undefined while its first line is not all there. */
  readonly run: LiveRun | undefined;
  readonly gone: boolean;
}

function readLive(directory: string): readonly Found[] {
  const now = Date.now();
  return namesIn(directory).flatMap((name) => {
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !name.endsWith('.ndjson')) return [];
    const run = headOf(path);
    return [{ path, run, gone: isGone(run?.owner ?? '', stat.mtimeMs, now) }];
  });
}

function headOf(path: string): LiveRun | undefined {
  const bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      const head = bytes.subarray(0, readSync(file, bytes));
      const end = head.indexOf(NEWLINE);
      return end < 0 ? undefined : (JSON.parse(head.toString('utf8', 0, end)) as LiveRun);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // Its run ended at this moment, or the machine stopped while it was written.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
