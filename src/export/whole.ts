/** Writes a file or a folder completely or not at all: under a temporary name first. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeRefusal } from '../core/diagnostics/system-refusal.ts';
import { RestageError, UsageError } from '../errors.ts';

/** Whether there is nothing at a path, or an empty folder. @throws UsageError for what is not a folder */
export function isVacant(path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return true;
  if (!there.isDirectory()) throw new UsageError(`${path} is not a folder; name another one.`);
  return readdirSync(path).length === 0;
}

/**
 * Fills a folder beside the one that is meant, and puts it in its place. What was there goes only when the new one is
 * complete.
 * @throws UsageError if it cannot be written
 */
export async function writeFolder(path: string, fill: (folder: string) => Promise<void> | void): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const former = `${temporary}.former`;
  try {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    await fill(temporary);
    if (existsSync(path)) renameSync(path, former);
    renameSync(temporary, path);
  } catch (error) {
    if (!existsSync(path) && existsSync(former)) renameSync(former, path);
    if (error instanceof RestageError) throw error;
    throw new UsageError(`${path} cannot be written: ${writeRefusal(error)}.`, { cause: error });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    rmSync(former, { recursive: true, force: true });
  }
}

/** What was there is replaced. @throws UsageError if it cannot be written */
export function writeFileWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${path} cannot be written: ${writeRefusal(cause)}.`, { cause });
  }
}
