/** Why a file of the cache could not be written, in one sentence. */
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import { CacheError } from '../../errors.ts';

/** A CacheError that says what could not be written, why, and what helps; any other error as it is. */
export function storageError(error: unknown, what: string, directory: string): unknown {
  const meaning = systemErrorMeaning(error);
  if (meaning === undefined) return error;
  const { cause, remedy, code } = meaning;
  return new CacheError(
    `${what} could not be written to the cache ${directory}: ${cause}; ${remedy}, or use another cache directory (${code}).`,
    { cause: error },
  );
}
