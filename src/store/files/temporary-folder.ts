/** Private folders where the system keeps temporary files, for what does not belong to a cache. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import { UsageError } from '../../errors.ts';

/**
 * Makes an empty folder that only its user can read. Who asks for it removes it.
 * @throws UsageError if none can be made there
 */
export function temporaryFolder(prefix: string): string {
  const place = tmpdir();
  try {
    return mkdtempSync(join(place, prefix));
  } catch (error) {
    const meaning = systemErrorMeaning(error);
    if (meaning === undefined) throw error;
    throw new UsageError(
      `No temporary folder could be made in ${place}: ${meaning.cause}; ${meaning.remedy}, or name another place in the variable TMPDIR (${meaning.code}).`,
      { cause: error },
    );
  }
}
