/** A directory in which the user of these tests can make nothing, whoever that is. */
import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** What restage says of each, in the middle of its sentence. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'it is not writable for this user',
  EPERM: 'it is not writable for this user',
  EROFS: 'its file system is read-only',
};

export interface Unwritable {
  readonly directory: string;
  /** Why nothing can be made there, as restage says it. */
  readonly why: string;
  /** For `parent` to be removed. */
  readonly unlock: () => void;
}

/** Why there is no such directory: for some users, as root in some containers. */
export const WRITABLE = 'this user may write everywhere, so that no directory is locked to it';

/** Root may write to any plain directory, but not make directories in the kernel's own tree. */
export function unwritableDirectory(parent: string): Unwritable | undefined {
  const own = join(parent, 'locked');
  mkdirSync(own, { mode: 0o555 });
  const unlock = (): void => chmodSync(own, 0o755);
  for (const directory of [own, '/sys/kernel']) {
    const why = WORDS[codeOfMaking(join(directory, 'restage-probe')) ?? ''];
    if (why !== undefined) return { directory, why, unlock };
  }
  unlock();
  return undefined;
}

/** Undefined where it can be made. */
function codeOfMaking(directory: string): string | undefined {
  try {
    mkdirSync(directory);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
  rmdirSync(directory);
  return undefined;
}
