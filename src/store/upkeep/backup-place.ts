/** Where a backup may be written: nothing that is there may be lost. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { CacheError, UsageError } from '../../errors.ts';
import { asCacheError, DATABASE_FILE, openUnchanged } from '../database/database.ts';
import { Database } from '../database/sqlite.ts';
import { namesIn } from '../files/temporary-files.ts';

/** What a backup, or a run that used it as its cache, puts into the directory. */
const OWN_NAMES =
  /^(?:(?:state\.db|remotes\.json|secret-salt)(?:-wal|-shm|-journal|\..*\.tmp)?|objects|downloads|code|live|checkpoints|attempts|batch|tmp|lost\+found)$/;

/** @throws UsageError if the directory is in the cache, or holds files of others */
export function checkPlace(target: string, cache: string): void {
  const parent = dirname(target);
  if (!existsSync(target) && !isDirectory(parent))
    throw new UsageError(`There is no directory ${parent}; mount its disk, or make the directory, and start again.`);
  if (existsSync(target) && !isDirectory(target))
    throw new UsageError(`${target} is a file; name a directory for the backup.`);
  const real = existsSync(target) ? realpathSync(target) : join(realpathSync(parent), basename(target));
  if (`${real}${sep}`.startsWith(`${realpathSync(cache)}${sep}`))
    throw new UsageError(`${target} is in the cache itself; name a directory elsewhere, best on another disk.`);
  const other = namesIn(target).find((name) => !OWN_NAMES.test(name));
  if (other !== undefined)
    throw new UsageError(
      `${target} holds ${other}, which is not of a backup; name an empty directory, or that of an earlier backup.`,
    );
}

/**
 * What every later record of the same cache has as well. Tags may go, and what is remembered may be forgotten; "restage
 * rm" takes attempts that made no state.
 */
const LASTING: readonly (readonly [table: string, columns: string, where?: string])[] = [
  ['run', 'id, owner, started_at'],
  ['attempt', 'id, run, started_at', 'WHERE id IN (SELECT attempt FROM earlier.state)'],
  ['state', 'id, key'],
  ['verification', 'id, state, at'],
  ['equivalence', 'id, key, at'],
  ['study', 'run'],
];

/**
 * Whether the record that is in the directory may be replaced by a snapshot: all that it has is in the snapshot too,
 * and nobody has it open.
 * @throws CacheError if not
 */
export function checkEarlierBackup(target: string, snapshot: string): void {
  if (!existsSync(join(target, DATABASE_FILE))) return;
  openUnchanged(target).close();
  const db = new Database(snapshot);
  try {
    db.prepare('ATTACH ? AS earlier').run(join(target, DATABASE_FILE));
    const present = db.prepare<[string]>("SELECT 1 FROM earlier.sqlite_schema WHERE type = 'table' AND name = ?");
    for (const [table, columns, where = ''] of LASTING) {
      if (present.get(table) === undefined) continue;
      const { n } = db
        .prepare<[], { n: number }>(
          `SELECT count(*) AS n FROM (
             SELECT ${columns} FROM earlier.${table} ${where} EXCEPT SELECT ${columns} FROM main.${table})`,
        )
        .get()!;
      if (n > 0)
        throw new CacheError(
          `${target} has ${n === 1 ? `a ${table}` : `${n} rows of ${table}`} on record that the cache lacks, so it is no earlier backup of it; name another directory.`,
        );
    }
  } catch (error) {
    throw asCacheError(error, target);
  } finally {
    db.close();
  }
  // Whoever closes a database last removes these. With a log of another record beside it, a new one would be damaged.
  if (['-wal', '-shm'].some((suffix) => existsSync(join(target, DATABASE_FILE + suffix))))
    throw new CacheError(`${target} is in use; end what uses it as its cache, and start again.`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
