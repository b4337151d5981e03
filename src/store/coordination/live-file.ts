/**
 * Live files: `<cache>/live/<run>.ndjson`, what a run that is going on tells, for other processes to follow. The first
 * line says whose it is; each further one is an entry, as it came. The file goes when the run ends; a run that is over
 * within a tenth of a second never has one. Following takes no lock and no database, only the right to read.
 */
import {
  closeSync,
  fstatSync,
  futimesSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import { isGone, OWNER_HEARTBEAT_MS } from './owner.ts';
import { makeDirectory } from '../files/make-directory.ts';

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

/** How often entries are written, at most. */
const FLUSH_MS = 100;
const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/** Writes the live file of a run. Entries are kept back for a moment and written together. */
export class LiveWriter {
  readonly #directory: string;
  readonly #run: LiveRun;
  /** Told once, when the file cannot be written; the run goes on without. */
  readonly #onTrouble: (error: Error) => void;
  #entries: object[] = [];
  #file: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(cacheDirectory: string, run: LiveRun, onTrouble: (error: Error) => void) {
    this.#directory = join(cacheDirectory, LIVE);
    this.#run = run;
    this.#onTrouble = onTrouble;
  }

  append(entry: object): void {
    if (this.#closed) return;
    this.#entries.push(entry);
    this.#timer ??= setTimeout(() => this.#attempt(() => this.#flush()), FLUSH_MS);
  }

  /** The run is over: whoever follows it finds all entries, and nobody finds the file any more. */
  close(): void {
    // Nobody can have opened a file that is not there.
    if (this.#file !== undefined) this.#attempt(() => this.#flush());
    this.#end();
  }

  get #path(): string {
    return join(this.#directory, `${this.#run.run}.ndjson`);
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
      // On a disk that fails: the next run takes the file away, as that of a dead one.
    }
  }
}

/** The runs that are going on in a cache directory, newest first. Changes nothing. */
export function liveRuns(cacheDirectory: string): readonly LiveRun[] {
  return readLive(join(cacheDirectory, LIVE))
    .flatMap(({ run, gone }) => (run === undefined || gone ? [] : [run]))
    .sort((a, b) => b.run - a.run);
}

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
    const path = join(cacheDirectory, LIVE, `${run.run}.ndjson`);
    try {
      return new LiveReader(run, openSync(path, 'r'));
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

const LIVE = 'live';

function writeAll(file: number, entries: readonly object[]): void {
  const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** Takes away what runs left behind that died. */
function removeLeftovers(directory: string): void {
  for (const { path, gone } of readLive(directory)) if (gone) rmSync(path, { force: true });
}

/** Live files of dead runs. The next run that can be watched takes them away, too. */
export function* liveDiagnostics(cacheDirectory: string, repair: boolean): Generator<Diagnostic> {
  for (const { path, gone } of readLive(join(cacheDirectory, LIVE))) {
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

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
