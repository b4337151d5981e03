/** Input files today: by their content, which is hashed again unless their stat says that it is the same. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, short } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import { downloadPath } from '../../store/coordination/downloads.ts';
import { pathDigest } from '../../store/files/path-digest.ts';
import type { Past, TodayFact, TodayKind, TodaysPlace } from './today-facts.ts';

export async function filesToday(cache: Cache, files: Past['files']): Promise<readonly TodayFact[]> {
  const facts: TodayFact[] = [];
  for (const { path, digest } of files)
    facts.push(
      /^[a-z]+:\/\//.test(path)
        ? remoteFile(cache, path, digest)
        : await compared('file', path, digest, async () => (await cache.memos.fileDigest(path)).digest),
    );
  return facts;
}

/** Files and folders that stages declare to read by themselves. */
export async function readsToday(
  { memos }: Cache,
  reads: Past['reads'],
  { root }: TodaysPlace,
): Promise<readonly TodayFact[]> {
  const facts: TodayFact[] = [];
  for (const { name, digest } of reads)
    facts.push(
      root === undefined
        ? unknown('read', name, digest, 'there is no project here')
        : await compared('read', name, digest, () =>
            pathDigest(join(root, name), async (file) => (await memos.fileDigest(file)).digest),
          ),
    );
  return facts;
}

/** Its content is pinned, so an address that gives another one is refused. */
function remoteFile({ directory }: Cache, path: string, digest: Digest): TodayFact {
  if (!existsSync(downloadPath(directory, digest)))
    return unknown('file', path, digest, 'it is not downloaded here; a run downloads it and checks its digest');
  return { kind: 'file', name: path, standing: 'same', then: short(digest), now: short(digest), note: null };
}

async function compared(
  kind: TodayKind,
  name: string,
  then: Digest,
  digestNow: () => Promise<Digest>,
): Promise<TodayFact> {
  try {
    const now = await digestNow();
    const standing = now === then ? 'same' : 'changed';
    return { kind, name, standing, then: short(then), now: short(now), note: null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { kind, name, standing: 'gone', then: short(then), now: null, note: null };
    if (code === undefined) throw error;
    return unknown(kind, name, then, `it cannot be read: ${message}`);
  }
}

function unknown(kind: TodayKind, name: string, then: Digest, note: string): TodayFact {
  return { kind, name, standing: 'unknown', then: short(then), now: null, note };
}
