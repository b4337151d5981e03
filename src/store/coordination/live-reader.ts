/** Reading the live file of a run, from its beginning and as it grows. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CHUNK_BYTES, type LiveRun, livePath, NEWLINE } from './live-file.ts';
import { isGone } from './owner.ts';

/** Reads a live file from its beginning to wherever it has come, again and again. */
export class LiveReader {
  readonly #run: LiveRun;
  readonly #file: number;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #at = 0;
  /** The beginning of a line whose end is not yet written. */
  #rest: Buffer[] = [];
  #headed = false;

  private constructor(run: LiveRun, file: number) {
    this.#run = run;
    this.#file = file;
  }

  /** Undefined if the run has ended meanwhile. */
  static open(cacheDirectory: string, run: LiveRun): LiveReader | undefined {
    try {
      return new LiveReader(run, openSync(livePath(cacheDirectory, run.run), 'r'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The next entries, of up to a MiB; none if there are no new ones. Also after the file's removal. */
  read(): readonly object[] {
    const bytes = readSync(this.#file, this.#chunk, 0, CHUNK_BYTES, this.#at);
    this.#at += bytes;
    const text = this.#chunk.subarray(0, bytes);
    const end = text.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      if (bytes === 0) return [];
      this.#rest.push(Buffer.from(text));
      return this.read();
    }
    const lines = Buffer.concat([...this.#rest, text.subarray(0, end)]);
    this.#rest = [Buffer.from(text.subarray(end))];
    const entries = lines
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as object);
    if (this.#headed) return entries;
    this.#headed = true;
    return entries.slice(1);
  }

  /** Whether nothing more will be written: the run took its file away, or is dead. What is there can still be read. */
  ending(): 'removed' | 'dead' | undefined {
    const { nlink, mtimeMs } = fstatSync(this.#file);
    if (nlink === 0) return 'removed';
    return isGone(this.#run.owner, mtimeMs, Date.now()) ? 'dead' : undefined;
  }

  close(): void {
    closeSync(this.#file);
  }
}
