/** Writing the live file of a run. */
import { closeSync, futimesSync, openSync, rmSync, writeSync } from 'node:fs';
import { makeDirectory } from '../files/make-directory.ts';
import { type LiveRun, liveDirectory, livePath, removeLeftovers } from './live-file.ts';
import { OWNER_HEARTBEAT_MS } from './owner.ts';

/** How often entries are written, at most. */
const FLUSH_MS = 100;
/** A run that is over by then has no file: nobody follows it, and one of thousands of hits would write megabytes. */
const FIRST_MS = 300;

/** Writes the live file of a run. Entries are kept back for a moment and written together. */
export class LiveWriter {
  readonly #directory: string;
  readonly #path: string;
  readonly #run: LiveRun;
  /** Told once, when the file cannot be written; the run goes on without. */
  readonly #onTrouble: (error: Error) => void;
  #entries: object[] = [];
  #file: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(cacheDirectory: string, run: LiveRun, onTrouble: (error: Error) => void) {
    this.#directory = liveDirectory(cacheDirectory);
    this.#path = livePath(cacheDirectory, run.run);
    this.#run = run;
    this.#onTrouble = onTrouble;
  }

  append(entry: object): void {
    if (this.#closed) return;
    this.#entries.push(entry);
    const wait = this.#file === undefined ? FIRST_MS : FLUSH_MS;
    this.#timer ??= setTimeout(() => this.#attempt(() => this.#flush()), wait);
  }

  /** The run is over: whoever follows it finds all entries, and nobody finds the file any more. */
  close(): void {
    // Nobody can have opened a file that is not there.
    if (this.#file !== undefined) this.#attempt(() => this.#flush());
    this.#end();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#entries;
    this.#entries = [];
    this.#file ??= this.#create();
    writeAll(this.#file, entries);
  }

  #create(): number {
    makeDirectory(this.#directory);
    removeLeftovers(this.#directory);
    const file = openSync(this.#path, 'wx', 0o644);
    try {
      writeAll(file, [this.#run]);
    } catch (error) {
      closeSync(file);
      rmSync(this.#path, { force: true });
      throw error;
    }
    // A stage may be silent for an hour. Hosts that cannot ask about the process look at the file's time.
    this.#heartbeat = setInterval(() => {
      const now = Date.now() / 1000;
      this.#attempt(() => futimesSync(file, now, now));
    }, OWNER_HEARTBEAT_MS).unref();
    return file;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#end();
      this.#onTrouble(error as Error);
    }
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#entries = [];
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    if (this.#file === undefined) return;
    closeSync(this.#file);
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // On a disk that fails: the next run removes the file, as that of a dead one.
    }
  }
}

function writeAll(file: number, entries: readonly object[]): void {
  const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
