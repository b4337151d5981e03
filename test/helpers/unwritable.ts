/** A directory in which the user of these tests can make nothing, whoever that is. */
import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoMeaning } from '../../src/core/diagnostics/errno.ts';

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
    const meaning = errnoMeaning(errorOfMaking(join(directory, 'restage-probe')));
    if (meaning !== undefined && meaning.code !== 'ENOENT') return { directory, why: meaning.cause, unlock };
  }
  unlock();
  return undefined;
}

/** Undefined where it can be made. */
function errorOfMaking(directory: string): unknown {
  try {
    mkdirSync(directory);
  } catch (error) {
    return error;
  }
  rmdirSync(directory);
  return undefined;
}
