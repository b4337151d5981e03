/** The user's own files that nodes take: each is read once, and one that cannot be read is refused. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { didYouMean } from '../../../core/diagnostics/did-you-mean.ts';
import { readRefusal } from '../../../core/diagnostics/system-refusal.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import { UsageError } from '../../../errors.ts';
import type { Cache } from '../../../store/cache.ts';

export type HashedFiles = ReadonlyMap<string, { readonly digest: Digest; readonly bytes: number }>;

/** Digests and sizes by path, of the files of selected nodes. @throws UsageError for a file that cannot be read */
export async function hashFiles(cache: Cache, graph: Graph, selected: readonly boolean[]): Promise<HashedFiles> {
  const users = new Map<string, string>();
  for (let index = 0; index < graph.nodes.length; index++) {
    const { id, inputs } = graph.nodes[index]!;
    for (const { slot, from } of inputs)
      if ('file' in from && selected[index] && from.remote === undefined && !users.has(from.file))
        users.set(from.file, `input ${slot} of node ${id}`);
  }
  const files = new Map<string, { digest: Digest; bytes: number }>();
  for (const [path, user] of users) {
    try {
      checkReadable(path, user);
      files.set(path, await cache.memos.fileDigest(path));
    } catch (cause) {
      // An error with one of restage's sentences passes unchanged; an error without a code is a bug.
      if (cause instanceof UsageError || (cause as NodeJS.ErrnoException).code === undefined) throw cause;
      throw new UsageError(`The file ${path}, ${user}, cannot be read: ${readRefusal(cause)}.`, {
        cause,
      });
    }
  }
  return files;
}

function checkReadable(path: string, user: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new UsageError(`The file ${path}, ${user}, does not exist${siblingHint(path)}; check the path.`);
  if (!stat.isFile()) throw new UsageError(`${path}, ${user}, is not a file; name a file.`);
}

/** A similar name in the same folder, or a note that the folder itself is missing. */
function siblingHint(path: string): string {
  const folder = dirname(path);
  try {
    return didYouMean(basename(path), readdirSync(folder));
  } catch {
    return `, and its folder ${folder} cannot be read either`;
  }
}
