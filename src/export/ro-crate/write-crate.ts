/** Writes a crate into a folder: the metadata, the workflow, the stages' sources and, if asked for, the data. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { Digest } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import { blobsOf, type ExportFacts } from '../facts.ts';
import { isVacant, writeFolder } from '../whole.ts';
import { roCrateOf } from './ro-crate.ts';
import { WORKFLOW_FILE, workflowText } from './workflow.ts';

export interface CrateTarget {
  /** Absolute. */
  readonly folder: string;
  readonly force: boolean;
  /** Whether inputs and outputs are copied; otherwise they are named by their digests. */
  readonly withData: boolean;
  readonly license: string | undefined;
  /** Undefined where the bytes are gone, or are not the same any more. */
  readonly contentOf: (digest: Digest) => Uint8Array | undefined;
}

export interface CrateWritten {
  /** How many files the crate has, besides its metadata. */
  readonly files: number;
  /** How many contents were to be copied and are gone: they are named by their digests. */
  readonly gone: number;
}

const METADATA_FILE = 'ro-crate-metadata.json';

/** @throws UsageError for a folder that holds something else, or a crate without `force` */
export async function writeCrate(facts: ExportFacts, target: CrateTarget): Promise<CrateWritten> {
  const { folder, force, withData, license, contentOf } = target;
  if (!isVacant(folder)) {
    const isCrate = existsSync(join(folder, METADATA_FILE));
    if (!isCrate) throw new UsageError(`${folder} is not empty and no RO-Crate; name another folder.`);
    if (!force) throw new UsageError(`${folder} holds a crate already; write it again with --force.`);
  }
  const paths = pathsOf(facts, withData);
  const written = new Map<Digest, string>();
  await writeFolder(folder, (place) => {
    for (const [digest, path] of paths) {
      const content = contentOf(digest);
      if (content === undefined) continue;
      writeAt(join(place, path), content);
      written.set(digest, path);
    }
    writeAt(join(place, WORKFLOW_FILE), workflowText(facts));
    const crate = roCrateOf(facts, {
      pathOf: (digest) => written.get(digest),
      ...(license !== undefined && { license }),
    });
    writeAt(join(place, METADATA_FILE), `${JSON.stringify(crate, null, 2)}\n`);
  });
  return { files: written.size + 1, gone: paths.size - written.size };
}

/** Names of files come from digests: what a user called something never becomes a path. */
function pathsOf(facts: ExportFacts, withData: boolean): ReadonlyMap<Digest, string> {
  const paths = new Map<Digest, string>();
  for (const { sources } of facts.codes)
    for (const { path, digest } of sources) paths.set(digest, `code/${digest}${ending(extname(path))}`);
  if (withData)
    for (const { digest, kind, path } of blobsOf(facts).values())
      if (!paths.has(digest))
        paths.set(digest, `data/${digest}${ending(path === null ? `.${kind ?? ''}` : extname(path))}`);
  return paths;
}

function ending(extension: string): string {
  return /^\.[a-z0-9]{1,12}$/i.test(extension) ? extension : '';
}

function writeAt(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
