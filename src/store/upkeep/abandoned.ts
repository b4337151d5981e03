/** Temporary files that processes left when they were killed while they wrote, wherever in the cache they are. */
import { join } from 'node:path';
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import { abandonedIn, discard, temporariesIn } from '../files/temporary-files.ts';

/** All directories of a cache in which files are written under a temporary name; `tmp` is that of an older restage. */
const DIRECTORIES = ['objects/tmp', 'tmp', 'code', 'checkpoints', 'attempts', 'downloads'];

/** Every run that executes something does this first. Returns how many were removed. */
export function removeAbandoned(cacheDirectory: string, now: number = Date.now()): number {
  const abandoned = DIRECTORIES.flatMap((name) => abandonedIn(join(cacheDirectory, name), now));
  for (const path of abandoned) discard(path);
  return abandoned.length;
}

export function* abandonedDiagnostics(cacheDirectory: string, repair: boolean, now: number): Generator<Diagnostic> {
  for (const name of DIRECTORIES) {
    const directory = join(cacheDirectory, name);
    const count = temporariesIn(directory).length;
    if (count === 0) continue;
    const abandoned = repair ? abandonedIn(directory, now) : [];
    for (const path of abandoned) discard(path);
    const files = count === 1 ? 'There is 1 temporary file' : `There are ${count} temporary files`;
    const text = repair
      ? `${files} in ${directory}; ${abandoned.length} of dead processes removed.`
      : `${files} in ${directory}; "restage fsck --repair" removes those of dead processes.`;
    yield { kind: 'temporary', damage: false, text, repaired: repair };
  }
}
