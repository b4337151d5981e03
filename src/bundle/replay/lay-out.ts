/**
 * Lays a bundle out in a folder of its own, to be replayed there:
 *
 *     package.json, package-lock.json, node_modules   what the code imports
 *     project/                                        the files that stages declare to read
 *     data/<digest>/<name>                            the input files
 *     cache/                                          the record and the objects
 *
 * Every path is made here, of digests and checked names. Nothing is executed.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { BundleError } from '../../errors.ts';
import type { InputFile, Lineage } from '../../audit/lineage/lineage.ts';
import { downloadPath } from '../../store/coordination/downloads.ts';
import { hashFileNow } from '../../store/files/hash-file.ts';
import { ObjectStore } from '../../store/objects/object-store.ts';
import { layDownSlice } from '../../store/slice/sliced-cache.ts';
import type { BundleFile } from '../bundle-file.ts';
import { lockTexts } from '../lock/lock-slice.ts';
import { NAMES } from '../manifest.ts';

export interface ReplayFolder {
  readonly folder: string;
  readonly cache: string;
  /** The packages are found from here. */
  readonly project: string;
  /** Where each input file lies. */
  readonly files: ReadonlyMap<Digest, string>;
}

/** The files without which a bundle cannot be replayed: neither in it nor on a network. */
export function missingFiles(bundle: BundleFile, { files }: Lineage): readonly InputFile[] {
  const reads = bundle.manifest.reads.flatMap(({ path, digest }) =>
    digest === null ? [] : [{ path, digest, bytes: -1 }],
  );
  return [...files.filter(({ path }) => !isAddress(path)), ...reads].filter(({ digest }) => !bundle.has(digest));
}

/**
 * Finds files by their content in a folder of the user's and all below it.
 * @throws BundleError if one of them is not there
 */
export function findFiles(wanted: readonly InputFile[], folder: string | undefined): ReadonlyMap<Digest, string> {
  const found = new Map<Digest, string>();
  if (wanted.length > 0 && folder !== undefined) {
    const sizes = new Set(wanted.map(({ bytes }) => bytes));
    const digests = new Set(wanted.map(({ digest }) => digest));
    for (const path of filesIn(folder)) {
      if (!sizes.has(-1) && !sizes.has(statSync(path).size)) continue;
      const digest = hashFileNow(path) as Digest;
      if (digests.has(digest)) found.set(digest, path);
    }
  }
  const missing = wanted.find(({ digest }) => !found.has(digest));
  if (missing === undefined) return found;
  const where = folder === undefined ? 'give the folder that has it with --data DIR' : `it is nowhere in ${folder}`;
  throw new BundleError(
    `The bundle was made without ${nameOf(missing.path)} (SHA-256 ${missing.digest.slice(0, 16)}...), which its stages read; ${where}.`,
  );
}

/**
 * @param folder is empty, or not there yet
 * @param found files that are not in the bundle, by their content
 * @throws BundleError
 */
export function layOut(
  bundle: BundleFile,
  { files }: Lineage,
  folder: string,
  found: ReadonlyMap<Digest, string>,
): ReplayFolder {
  makeEmpty(folder);
  const place: ReplayFolder = {
    folder,
    cache: join(folder, 'cache'),
    project: join(folder, 'project'),
    files: new Map(),
  };
  for (const path of [place.cache, place.project]) mkdirSync(path, { recursive: true });
  const { manifest, lock } = lockTexts(bundle.lock);
  writeFileSync(join(folder, NAMES.packages), manifest);
  writeFileSync(join(folder, NAMES.lock), lock);
  for (const { path, digest } of bundle.manifest.reads) {
    const target = join(place.project, path);
    mkdirSync(digest === null ? target : dirname(target), { recursive: true });
    if (digest !== null) writeFileSync(target, contentOf(bundle, digest, found));
  }
  bundle.refusing(() => layDownSlice(bundle.record, place.cache));
  const objects = new ObjectStore(place.cache);
  const data = new Map<Digest, string>();
  for (const { path, digest } of files) {
    if (!bundle.has(digest) && !found.has(digest)) continue;
    const target = isAddress(path)
      ? downloadPath(place.cache, digest)
      : join(folder, 'data', digest.slice(0, 16), nameOf(path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contentOf(bundle, digest, found));
    data.set(digest, target);
  }
  for (const digest of bundle.objects) if (!data.has(digest)) objects.put([bundle.object(digest)]);
  return { ...place, files: data };
}

function contentOf(bundle: BundleFile, digest: Digest, found: ReadonlyMap<Digest, string>): Uint8Array {
  const path = found.get(digest);
  if (path === undefined) return bundle.object(digest);
  const content = readFileSync(path);
  if (sha256(content) === digest) return content;
  throw new BundleError(`${path} was changed while it was read; start again.`);
}

function makeEmpty(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (readdirSync(folder).length > 0)
    throw new BundleError(`${folder} is not empty; name another folder for the replay with --into DIR.`);
}

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
}

/** The name of a file as it was, of which a stage may see the ending; whatever a stranger may have put there. */
function nameOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return (
    name
      .replace(/[^\w.-]/g, '_')
      .replace(/^\.+/, '_')
      .slice(-100) || 'file'
  );
}

function isAddress(path: string): boolean {
  return /^https?:/.test(path);
}
