/** Why a file could not be read, in one sentence, whatever its format. */
import { DataError } from '../../errors.ts';

type Sentence = (path: string) => string;

/** @param more sentences for error codes of the reader's own */
export function explained(path: string, cause: unknown, more: Readonly<Record<string, Sentence>> = {}): unknown {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const sentence = more[code] ?? SENTENCES[code];
  return sentence === undefined ? cause : new DataError(sentence(path), { cause });
}

const SENTENCES: Readonly<Record<string, Sentence>> = {
  ENOENT: (path) => `There is no file ${path}; check the path.`,
  EISDIR: (path) => `${path} is a directory; give the file in it that is meant.`,
  EACCES: (path) => `${path} may not be read; check its permissions.`,
  EPERM: (path) => `${path} may not be read; check its permissions.`,
};
