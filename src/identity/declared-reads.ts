/** The files and folders that stages declare to read, with the digests of their content. */
import { join } from 'node:path';
import type { Digest } from '../core/identity/digest.ts';
import { DefinitionError } from '../errors.ts';
import { pathDigest } from '../store/files/path-digest.ts';
import type { Memos } from '../store/memo/memos.ts';

export interface DeclaredRead {
  /** Absolute. */
  readonly path: string;
  readonly digest: Digest;
}

/** By the declared path. @throws DefinitionError for one that cannot be read */
export async function declaredReads(
  memos: Memos,
  projectRoot: string,
  nodes: readonly { readonly stage: string; readonly reads: readonly string[] }[],
): Promise<ReadonlyMap<string, DeclaredRead>> {
  const reads = new Map<string, DeclaredRead>();
  for (const { stage, reads: declared } of nodes) {
    for (const name of declared) {
      if (reads.has(name)) continue;
      const path = join(projectRoot, name);
      try {
        reads.set(name, {
          path,
          digest: await pathDigest(path, async (file) => (await memos.fileDigest(file)).digest),
        });
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        if (code === undefined) throw cause;
        throw new DefinitionError(
          code === 'ENOENT'
            ? `Stage ${stage} declares to read ${name}, which does not exist in ${projectRoot}; correct reads, or make the file.`
            : `Stage ${stage} declares to read ${name}, which cannot be read: ${message}; check its permissions.`,
          { cause },
        );
      }
    }
  }
  return reads;
}
