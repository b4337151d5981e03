/** What the error codes of a file system mean and what helps, in words that fit into a sentence. */

export interface ErrnoMeaning {
  readonly code: string;
  /** A clause, such as "there is no space left". */
  readonly cause: string;
  /** What to do, such as "free some". */
  readonly remedy: string;
}

/** Undefined for an error that is not of the file system, or whose code says nothing to users. */
export function errnoMeaning(error: unknown): ErrnoMeaning | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? meaningOfCode(code) : undefined;
}

export function meaningOfCode(code: string): ErrnoMeaning | undefined {
  const words = MEANINGS.get(code);
  return words && { code, cause: words[0], remedy: words[1] };
}

const MEANINGS: ReadonlyMap<string, readonly [cause: string, remedy: string]> = new Map([
  ['ENOENT', ['it does not exist', 'check the path']],
  ['EISDIR', ['it is a directory', 'name a file in it']],
  ['EACCES', ['permission is denied', 'change the permissions']],
  ['EPERM', ['permission is denied', 'change the permissions']],
  ['EROFS', ['its file system is read-only', 'make it writable']],
  ['ENOSPC', ['there is no space left', 'free some']],
  ['EDQUOT', ['the disk quota is used up', 'free some space']],
  ['ENOTDIR', ['a file stands where a directory should', 'move it away']],
  ['EEXIST', ['a file stands where a directory should', 'move it away']],
  ['EMFILE', ['too many files are open', 'raise the limit (ulimit -n) or run fewer jobs']],
]);
