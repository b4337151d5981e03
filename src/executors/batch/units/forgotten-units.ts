/** Removes the directories of units that nobody will ask for: all of their tasks have ended, or were given up. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AttemptHandles } from '../../../store/coordination/attempt-handles.ts';
import { namesIn } from '../../../store/files/temporary-files.ts';
import { handleIn, isUnitName } from './handle.ts';
import { unitsDirectory } from './unit-directory.ts';

/**
 * A job of a unit that was given up may still run on a host that cannot be reached, and writes what nobody reads. No
 * handle leads to the directory of a probe: who waits for it keeps it younger.
 */
const FORGOTTEN_MS = 86_400_000;

export function removeForgottenUnits(cacheDirectory: string, now: number): void {
  const directory = unitsDirectory(cacheDirectory);
  const old = namesIn(directory).filter((name) => {
    const changed = statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs;
    return isUnitName(name) && changed !== undefined && now - changed > FORGOTTEN_MS;
  });
  if (old.length === 0) return;
  const handles = new AttemptHandles(cacheDirectory);
  const known = new Set(handles.keys().map((key) => handleIn(handles.get(key)?.place ?? null)?.unit));
  for (const name of old) if (!known.has(name)) rmSync(join(directory, name), { recursive: true, force: true });
}
