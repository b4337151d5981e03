/**
 * Why the system has refused something that a user named, as the end of a sentence: what the cause is, and what helps.
 */
import { type ErrnoMeaning, systemErrorMeaning } from './errno.ts';

/** Behind "... cannot be read: ". An error that is not of the file system says itself what is wrong. */
export function readRefusal(error: unknown): string {
  const meaning = systemErrorMeaning(error);
  if (meaning === undefined) return ownWords(error);
  return ending(meaning.code === 'ENOTDIR' ? { ...meaning, remedy: 'check the path' } : meaning);
}

/** Behind "... cannot be written: ". A file that does not exist yet lacks the folder that it would be in. */
export function writeRefusal(error: unknown): string {
  const meaning = systemErrorMeaning(error);
  if (meaning === undefined) return ownWords(error);
  if (meaning.code === 'ENOENT') return 'the folder that it would be in does not exist; make it, or name another place';
  return ending(meaning);
}

/** Behind "... cannot be started: ", of a program. */
export function startRefusal(error: unknown): string {
  const meaning = systemErrorMeaning(error);
  if (meaning === undefined) return ownWords(error);
  return meaning.code === 'ENOENT' ? 'it is in no folder of PATH; install it' : ending(meaning);
}

function ending({ cause, remedy }: ErrnoMeaning): string {
  return `${cause}; ${remedy}`;
}

function ownWords(error: unknown): string {
  return (error as Error).message.replace(/\.$/, '');
}
