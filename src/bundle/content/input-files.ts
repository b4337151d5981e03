/** The bytes of files that no stage made: where they are today, checked against what the record says they were. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { BundleError } from '../../errors.ts';
import type { InputFile, Lineage } from '../../audit/lineage/lineage.ts';
import type { Cache } from '../../store/cache.ts';
import { downloadPath } from '../../store/coordination/downloads.ts';
import { filesBelow, pathDigest } from '../../store/files/path-digest.ts';
import { type BundledRead, isBelow } from '../manifest.ts';

/** @throws BundleError if a file is gone or has other content */
export function inputContent(cache: Cache, { path, digest }: InputFile): Uint8Array {
  const isRemote = /^https?:/.test(path);
  const place = isRemote ? downloadPath(cache.directory, digest) : path;
  const content = contentOf(place);
  if (content !== undefined && sha256(content) === digest) return content;
  const remedy = isRemote
    ? 'a run that needs it fetches it again'
    : `put the file with SHA-256 ${digest.slice(0, 16)}... back`;
  throw new BundleError(
    `The input ${isRemote ? path : basename(path)} ${content === undefined ? `is not at ${place} any more` : `has other content now, at ${place}`}; ${remedy}, or leave the data out with --no-data.`,
  );
}

export interface DeclaredFiles {
  readonly reads: readonly BundledRead[];
  /** Where each content lies. */
  readonly paths: ReadonlyMap<Digest, string>;
}

/** The files that stages declare to read, as they are in the project. @throws BundleError */
export async function declaredFiles(
  cache: Cache,
  { states }: Lineage,
  root: string | undefined,
): Promise<DeclaredFiles> {
  const declared = new Map(states.flatMap(({ reads }) => reads.map(({ name, digest }) => [name, digest] as const)));
  const reads: BundledRead[] = [];
  const paths = new Map<Digest, string>();
  const digestOf = async (file: string): Promise<Digest> => (await cache.memos.fileDigest(file)).digest;
  for (const [name, digest] of declared) {
    if (!isBelow(name))
      throw new BundleError(
        `A stage declares to read ${name}, which is outside of the project, so it cannot be bundled; wire it in as an input, with file().`,
      );
    const path = join(root ?? '', name);
    const now = root === undefined ? undefined : await pathDigest(path, digestOf).catch(() => undefined);
    if (now !== digest)
      throw new BundleError(
        `A stage declares to read ${name}, which ${root === undefined ? 'is in its project, and there is none here' : now === undefined ? `cannot be read in ${root}` : 'has other content now'}; put it back as it was, and make the bundle in the project.`,
      );
    for (const file of filesBelow(path)) {
      const content = file.isFolder ? null : await digestOf(join(path, file.name));
      if (content !== null) paths.set(content, join(path, file.name));
      reads.push({ path: file.name === '' ? name : `${name.replace(/\/$/, '')}/${file.name}`, digest: content });
    }
  }
  return { reads, paths };
}

function contentOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
