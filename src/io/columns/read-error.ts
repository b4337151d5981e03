/** Why a file could not be read, in one sentence, whatever its format. */
import { errnoMeaning } from '../../core/diagnostics/errno.ts';
import { DataError } from '../../errors.ts';

type Sentence = (path: string) => string;

/** @param more sentences for error codes of the reader's own */
export function explained(path: string, cause: unknown, more: Readonly<Record<string, Sentence>> = {}): unknown {
  const own = more[(cause as NodeJS.ErrnoException).code ?? ''];
  if (own !== undefined) return new DataError(own(path), { cause });
  const meaning = errnoMeaning(cause);
  return meaning === undefined
    ? cause
    : new DataError(`${path} cannot be read: ${meaning.cause}; ${meaning.remedy}.`, { cause });
}
