/**
 * The record as it is at one moment, as a file of its own, while others go on writing to it. SQLite copies it within
 * one read transaction, which waits for nobody where there is a write-ahead log (https://sqlite.org/lang_vacuum.html).
 */
import { CacheError } from '../../errors.ts';
import { asCacheError } from './database.ts';
import { openToCopy } from './open-to-look.ts';
import { Database } from './sqlite.ts';

/**
 * @param file is not there yet
 * @throws CacheError if the record cannot be read, the file cannot be written, or the copy is not sound
 */
export function takeSnapshot(directory: string, file: string, target: string): void {
  const record = openToCopy(directory);
  try {
    record.prepare('VACUUM INTO ?').run(file);
  } catch (error) {
    throw asCacheError(error, target);
  } finally {
    record.close();
  }
  const copy = new Database(file);
  try {
    // Nobody else knows of the file: where this fails it is thrown away, with nothing beside it.
    copy.pragma('journal_mode = OFF');
    // Who makes a state in the one cache makes nothing in the other: a run there would wait for it.
    copy.exec('DELETE FROM lease');
    const said = copy.pragma('quick_check', { simple: true });
    if (said !== 'ok')
      throw new CacheError(`The copy of the record is not sound: ${String(said)}; run "restage fsck".`);
  } catch (error) {
    throw asCacheError(error, target);
  } finally {
    copy.close();
  }
}
