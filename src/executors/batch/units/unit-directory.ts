/**
 * The directory of a unit, `<cache>/batch/<unit>/`: how the run that submits a unit and the job that executes it tell
 * each other everything. It is in a directory that all hosts share, which may be NFS: a file is complete when it
 * appears under its name, and nobody waits for a notice of the file system.
 *
 *     unit            the tasks, written before the job is submitted
 *     <i>.begun       the job has begun task i: written once, so that no task of a unit is executed twice
 *     <i>.events      what task i has told so far, in frames; it grows
 *     <i>.result      the last event of task i: written last, by a link, so that the first one stays
 *     <i>.cancelled   task i is to be stopped
 *     withdrawn       nothing that has not begun is to begin: the run has given this unit up
 *     vacated         the job was told to make room, and ended by itself
 *     job.log         what the job said before and after its tasks, and what its system says of it
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from '../../../store/files/shared-file.ts';

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

  begun(member: number): string {
    return join(this.path, `${member}.begun`);
  }

  events(member: number): string {
    return join(this.path, `${member}.events`);
  }

  result(member: number): string {
    return join(this.path, `${member}.result`);
  }

  create(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  /**
   * Makes an empty file, whose name is what it says. What cannot be said so is found out in another way, only later.
   */
  mark(name: 'withdrawn' | 'vacated' | `${number}.cancelled`): void {
    try {
      writeFileSync(join(this.path, name), '', { mode: 0o600 });
    } catch {
      // On a full disk, say.
    }
  }

  /**
   * The names that are there. A directory is read, and no file in it is asked for: NFS remembers for half a minute that
   * a file was not there.
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
