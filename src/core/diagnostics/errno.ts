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

/** The same for any refusal of a system call, also one whose code has no words here. */
export function systemErrorMeaning(error: unknown): ErrnoMeaning | undefined {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return errnoMeaning(error);
  const known = meaningOfCode(code);
  if (known !== undefined || typeof syscall !== 'string') return known;
  return { code, cause: `the system refuses to ${syscall}`, remedy: 'look at its disk' };
}

/** Whether the disk is what is wrong, and not what was asked of it. */
export function isDiskTrouble({ code }: ErrnoMeaning): boolean {
  return DISK_TROUBLE.has(code);
}

const DISK_TROUBLE: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
  'EFBIG',
  'ESTALE',
  'ENFILE',
  'EMFILE',
]);

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
  ['EFBIG', ['its file system takes no file of that size', 'use another file system']],
  ['EIO', ['the disk reports an error', 'look at its health']],
  ['ESTALE', ['the network file system does not know it any more', 'mount it again']],
  ['ELOOP', ['its links lead in a circle', 'correct them']],
  ['ENAMETOOLONG', ['its name is too long', 'use a shorter path']],
  ['ENOTDIR', ['a file stands where a directory should', 'move it away']],
  ['EEXIST', ['a file stands where a directory should', 'move it away']],
  ['ENFILE', ['too many files are open on this machine', 'close some']],
  ['EMFILE', ['too many files are open', 'raise the limit (ulimit -n) or run fewer jobs']],
]);
