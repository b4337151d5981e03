/**
 * The downloads of a cache: `<cache>/downloads/<64 hex>`, content under its SHA-256 as stages see it. Beside it, while
 * it is fetched: `.part` (bytes as they arrived), `.part.json` (what the server said of them), and the claim of the
 * process that writes these. The fetching is in executors/fetch; this file uses neither the network nor the record.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Digest, isDigest, short } from '../../core/identity/digest.ts';
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import { hashFileNow } from '../files/hash-file.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { tagDirectory } from '../files/tag-directory.ts';
import { namesIn, replaceFile } from '../files/temporary-files.ts';
import { isGone, OWNER_HEARTBEAT_MS } from './owner.ts';
import { processOwner } from '../files/process-owner.ts';

export function downloadPath(cacheDirectory: string, digest: Digest): string {
  return join(cacheDirectory, 'downloads', digest);
}

const PART = '.part';
const CLAIM = '.claim';
/** A part that nobody continued for so long is not worth its space. */
const STALE_PART_MS = 14 * 86_400_000;

export function partPath(path: string): string {
  return path + PART;
}

export function partNotePath(path: string): string {
  return `${path}${PART}.json`;
}

/** The right to write a download's files, which one living process has at a time; a dead one's is void. */
export class DownloadClaim {
  readonly #file: string;
  readonly #heartbeat: NodeJS.Timeout;

  /**
   * Undefined if another process has it. Both of two that ask in the same moment may be refused: ask again, after times
   * that differ.
   * @throws the file system's own error
   */
  static take(path: string): DownloadClaim | undefined {
    const directory = dirname(path);
    makeDirectory(directory);
    tagDirectory(directory);
    if (rivals(path).some(({ alive }) => alive)) return undefined;
    const file = `${path}.${process.pid}-${randomBytes(6).toString('hex')}${CLAIM}`;
    // By a rename, so that nobody sees a claim that does not say whose it is.
    replaceFile(file, processOwner() ?? '', 'The claim of a download');
    // Each of two puts its own down before it looks for the other's, so that at least one sees both.
    const others = rivals(path).filter((rival) => rival.file !== file);
    if (others.some(({ alive }) => alive)) {
      rmSync(file, { force: true });
      return undefined;
    }
    for (const dead of others) rmSync(dead.file, { force: true });
    return new DownloadClaim(file);
  }

  private constructor(file: string) {
    this.#file = file;
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      try {
        utimesSync(file, now, now);
      } catch {
        // Without its claim a download may be made twice, which harms nothing.
      }
    }, OWNER_HEARTBEAT_MS).unref();
  }

  release(): void {
    clearInterval(this.#heartbeat);
    rmSync(this.#file, { force: true });
  }
}

interface Rival {
  readonly file: string;
  readonly alive: boolean;
}

function rivals(path: string): readonly Rival[] {
  const directory = dirname(path);
  return namesIn(directory)
    .filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(CLAIM))
    .map((name) => ({ file: join(directory, name), alive: isAlive(join(directory, name)) }));
}

function isAlive(claim: string): boolean {
  try {
    return !isGone(readFileSync(claim, 'utf8'), statSync(claim).mtimeMs, Date.now());
  } catch {
    // Released meanwhile.
    return false;
  }
}

/** What `fsck` finds among the downloads: damaged ones, and leftovers. */
export function* downloadDiagnostics(cacheDirectory: string, repair: boolean, now: number): Generator<Diagnostic> {
  const directory = join(cacheDirectory, 'downloads');
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    const digest = name.slice(0, 64);
    if (!isDigest(digest)) continue;
    if (name === digest) {
      if (hashFileNow(path) === digest) continue;
      if (repair) rmSync(path, { force: true });
      const remedy = repair ? 'it was removed' : '"restage fsck --repair" removes it';
      const text = `The download ${short(digest)} in ${directory} does not hold the bytes that are pinned; ${remedy}, and the next run that needs it fetches it again.`;
      yield { kind: 'corrupt', damage: true, text, repaired: repair };
    } else if (isLeftOver(path, now)) {
      if (repair) rmSync(path, { force: true });
      const remedy = repair ? 'it was removed' : '"restage fsck --repair" removes it';
      const text = `The file ${path} is left over from a download that nobody continued; ${remedy}.`;
      yield { kind: 'temporary', damage: false, text, repaired: repair };
    }
  }
}

/** A recent part is not a leftover: the next run continues it. */
function isLeftOver(path: string, now: number): boolean {
  if (path.endsWith(CLAIM)) return !isAlive(path);
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && now - stat.mtimeMs > STALE_PART_MS;
}
