/** Memos: what can be worked out again but takes time. Losing one costs milliseconds, never a result. */
import { type BigIntStats, statSync } from 'node:fs';
import type { Digest } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import { hashFile, hashFileInPieces } from '../files/hash-file.ts';
import { namesDigest } from '../files/names.ts';
import { isSettled } from '../files/settled.ts';
import { StatTrust } from '../files/stat-trust.ts';

/** A file's identity: its content. */
export interface FileDigest {
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
}

const KEPT_MEMOS = 200;
/** Of each kind. The memos of a graph of 10,000 nodes have some megabytes each. */
const KEPT_BYTES = 2 ** 25;

export class Memos {
  readonly #now: () => number;
  readonly #trust: StatTrust;
  readonly #sql;

  constructor(db: SqliteDatabase, now: () => number, trust = new StatTrust()) {
    this.#now = now;
    this.#trust = trust;
    this.#sql = lazily({
      selectFile: () =>
        db
          .prepare<[string], FileRow>(
            'SELECT size, mtime_ns, ctime_ns, inode, device, hashed_at, digest FROM file_memo WHERE path = ?',
          )
          .safeIntegers(),
      upsertFile: () =>
        db.prepare<[string, bigint, bigint, bigint, bigint, bigint, number, Buffer]>(
          `INSERT INTO file_memo (path, size, mtime_ns, ctime_ns, inode, device, hashed_at, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
         inode = excluded.inode, device = excluded.device, hashed_at = excluded.hashed_at, digest = excluded.digest`,
        ),
      select: () => db.prepare<[Buffer], { value: Buffer }>('SELECT value FROM memo WHERE key = ?'),
      find: () =>
        db.prepare<[Buffer], { value: Buffer; madeAt: number }>(
          'SELECT value, made_at AS madeAt FROM memo WHERE key = ?',
        ),
      madeAt: () => db.prepare<[Buffer], { madeAt: number }>('SELECT made_at AS madeAt FROM memo WHERE key = ?'),
      upsert: () =>
        db.prepare<[Buffer, string, number, Uint8Array]>(
          `INSERT INTO memo (key, kind, made_at, value) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET made_at = excluded.made_at, value = excluded.value`,
        ),
      prune: () =>
        db.prepare<[string, number, number]>(
          `DELETE FROM memo WHERE key IN (
             SELECT key FROM (
               SELECT key, row_number() OVER latest AS place, sum(length(value)) OVER latest AS bytes
               FROM memo WHERE kind = ? WINDOW latest AS (ORDER BY made_at DESC, key)
             ) WHERE place > ? OR (bytes > ? AND place > 1)
           )`,
        ),
    });
  }

  /** The digest of a file, while the caller waits. @throws the file system's own error */
  sourceDigest(path: string): Digest {
    return this.#digestNow(path, hashFileInPieces);
  }

  /** The digest of the names in a directory. @throws the file system's own error */
  namesDigest(path: string): Digest {
    return this.#digestNow(path, namesDigest);
  }

  /** The digest of a file of any size, streamed. @throws the file system's own error */
  async fileDigest(path: string): Promise<FileDigest> {
    const known = this.#trusted(path);
    if (known !== undefined) return { path, ...known };
    const before = this.#look(path);
    return { path, ...this.#remember(path, before, await hashFile(path)) };
  }

  get(key: Digest): Buffer | undefined {
    return this.#sql.select.get(Buffer.from(key, 'hex'))?.value;
  }

  /** As `get`, with the time at which it was set. */
  find(key: Digest): { readonly value: Buffer; readonly madeAt: number } | undefined {
    return this.#sql.find.get(Buffer.from(key, 'hex'));
  }

  /** When the value of this key was set, in milliseconds since the epoch; undefined if it is not there. */
  madeAt(key: Digest): number | undefined {
    return this.#sql.madeAt.get(Buffer.from(key, 'hex'))?.madeAt;
  }

  /** Keeps a value under its key; of each kind, only the latest few are kept. */
  set(key: Digest, kind: string, value: Uint8Array): void {
    this.#sql.upsert.run(Buffer.from(key, 'hex'), kind, this.#now(), value);
    this.#sql.prune.run(kind, KEPT_MEMOS, KEPT_BYTES);
  }

  #digestNow(path: string, digestOf: (path: string) => Digest): Digest {
    const known = this.#trusted(path);
    if (known !== undefined) return known.digest;
    const before = this.#look(path);
    return this.#remember(path, before, digestOf(path)).digest;
  }

  #trusted(path: string): { digest: Digest; bytes: number } | undefined {
    const row = this.#sql.selectFile.get(path);
    if (row === undefined) return undefined;
    const stat = statSync(path, { bigint: true });
    const same =
      row.size === stat.size &&
      row.mtime_ns === stat.mtimeNs &&
      row.ctime_ns === stat.ctimeNs &&
      row.inode === BigInt.asIntN(64, stat.ino) &&
      row.device === BigInt.asIntN(64, stat.dev);
    if (!same || !isSettled(stat, Number(row.hashed_at)) || !this.#trust.tellsChanges(path, stat)) return undefined;
    return { digest: row.digest.toString('hex') as Digest, bytes: Number(row.size) };
  }

  /** Stat and time from before reading: a change in between then shows the next time. */
  #look(path: string): { readonly stat: BigIntStats; readonly at: number } {
    return { stat: statSync(path, { bigint: true }), at: this.#now() };
  }

  #remember(
    path: string,
    { stat, at }: { readonly stat: BigIntStats; readonly at: number },
    digest: Digest,
  ): { digest: Digest; bytes: number } {
    const [inode, device] = [BigInt.asIntN(64, stat.ino), BigInt.asIntN(64, stat.dev)];
    const { size, mtimeNs, ctimeNs } = stat;
    // What is not settled would not be trusted, and the file is read again: after an edit, several times in one plan.
    if (!isSettled(stat, at)) return { digest, bytes: Number(size) };
    this.#sql.upsertFile.run(path, size, mtimeNs, ctimeNs, inode, device, at, Buffer.from(digest, 'hex'));
    return { digest, bytes: Number(size) };
  }
}

interface FileRow {
  readonly size: bigint;
  readonly mtime_ns: bigint;
  readonly ctime_ns: bigint;
  readonly inode: bigint;
  readonly device: bigint;
  readonly hashed_at: bigint;
  readonly digest: Buffer;
}
