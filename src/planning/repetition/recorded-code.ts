/**
 * The code of a state on record as a file that an executor imports: the text that was hashed, linked to today's
 * packages.
 */
import { join } from 'node:path';
import { type Digest, short } from '../../core/identity/digest.ts';
import { CacheError, RepeatError } from '../../errors.ts';
import { relinkStage, stageFactory } from '../../identity/code/bundle.ts';
import type { PackageIdentity } from '../../identity/code/packages/package-types.ts';
import { codeDigest } from '../../identity/code/bundles/code-digest.ts';
import { writeExecutable } from '../../identity/code/executables.ts';
import type { Cache } from '../../store/cache.ts';
import type { CodeRecord } from '../../store/query/codes.ts';
import { replaceFile } from '../../store/files/temporary-files.ts';
import { installedPackages } from '../definition/installed-packages.ts';

export interface RecordedCode {
  readonly digest: Digest;
  readonly executable: string;
  readonly harmless: boolean;
  /** As they are now. */
  readonly packages: readonly PackageIdentity[];
}

/** The record keeps no source maps: they are as large as the text, and only place errors. */
const NO_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });

/** @param root directory of the project, which has the packages. @throws RepeatError */
export async function recordedCode(cache: Cache, digest: Digest, root: string): Promise<RecordedCode> {
  const code = cache.query.codes.get(digest)!;
  const text = Buffer.from(bytesOf(cache, code, code.bundle)).toString('utf8');
  if (codeDigest(text) !== digest)
    throw new RepeatError(
      `The code ${short(digest)} of stage ${code.stage} on record is that of an older restage, which this one cannot execute; run the stage as it is now.`,
    );
  const files = [code.module, ...code.sources.map(({ path }) => path)];
  const fileOf = (content: Digest, name: string): string => namedFile(cache, code, content, name);
  const { executable, links, packages } = await relinkStage(
    { text, stage: code.stage, root, files, fileOf },
    installedPackages(cache),
  );
  const factory = await stageFactory({ executable, map: NO_MAP, links });
  return {
    digest,
    executable: writeExecutable(cache.directory, factory.text, factory.map),
    harmless: factory.harmless,
    packages,
  };
}

/** A file that the code reads by its URL, as it was. */
function namedFile(cache: Cache, code: CodeRecord, content: Digest, name: string): string {
  const path = join(cache.directory, 'code', 'files', content, name);
  replaceFile(path, bytesOf(cache, code, content), 'A file that code names');
  return path;
}

function bytesOf(cache: Cache, { stage, digest }: CodeRecord, content: Digest): Uint8Array {
  const [artifact] = cache.query.prefixes.artifacts(content, 1);
  try {
    if (artifact !== undefined) return cache.read(artifact);
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
  }
  throw new RepeatError(
    `The code ${short(digest)} of stage ${stage} on record is missing from the cache or damaged; run the stage as it is now.`,
  );
}
