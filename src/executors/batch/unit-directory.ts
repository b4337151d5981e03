/**
 * The directory of a unit, `<cache>/batch/<unit>/`: how the run that submits a unit and the job that executes it tell each
 * other everything. It is in a directory that all hosts share, which may be NFS: a file is complete when it appears under its
 * name, and nobody waits for a notice of the file system.
 *
 *     unit            the tasks, written before the job is submitted
 *     <i>.begun       the job has begun task i: written once, so that no task of a unit is executed twice
 *     <i>.events      what task i has told so far, in frames; it grows
 *     <i>.result      the last event of task i: written last, by a link, so that the first one stays
 *     <i>.cancelled   task i is to be stopped
 *     withdrawn       nothing that has not begun is to begin: the run has given this unit up
 *     job.log         what the job said before and after its tasks, and what its system says of it
 */
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { discard, temporaryPath } from '../../store/files/temporary-files.ts';

export function unitsDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'batch');
}

export class UnitDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static of(cacheDirectory: string, unit: string): UnitDirectory {
    return new UnitDirectory(join(unitsDirectory(cacheDirectory), unit));
  }

  get manifest(): string {
    return join(this.path, 'unit');
  }

  get log(): string {
    return join(this.path, 'job.log');
  }

  get withdrawn(): string {
    return join(this.path, 'withdrawn');
  }

  begun(member: number): string {
    return join(this.path, `${member}.begun`);
  }

  events(member: number): string {
    return join(this.path, `${member}.events`);
  }

  result(member: number): string {
    return join(this.path, `${member}.result`);
  }

  cancelled(member: number): string {
    return join(this.path, `${member}.cancelled`);
  }

  create(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  /**
   * The names that are there. A directory is read, and no file in it is asked for: NFS remembers for half a minute that a
   * file was not there.
   */
  names(): ReadonlySet<string> {
    try {
      return new Set(readdirSync(this.path));
    } catch (error) {
      if (isMissing(error)) return NONE;
      throw error;
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Writes a file that is there for good. False if it was there: then it stays as it is. */
export function writeOnce(path: string, bytes: Uint8Array): boolean {
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    discard(temporary);
  }
  syncDirectory(dirname(path));
  return true;
}

/** The bytes of a file; undefined if it is not there. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** ESTALE: the file was removed by another host, and this one still had its handle. */
function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESTALE';
}
