/** The code of stages: bundled, recorded, and written to files that an executor imports. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { DefinitionError } from '../../errors.ts';
import { bundleStages } from '../../identity/code/bundle.ts';
import type { StageBundle } from '../../identity/code/bundles/bundle-types.ts';
import { isIntactIn, writeExecutable } from '../../identity/code/executables.ts';
import { listDependencies } from '../../identity/dependency-list.ts';
import type { CodeIdentity } from '../../identity/node-fields.ts';
import { SCHEMA } from '../../identity/schema.ts';
import type { Cache } from '../../store/cache.ts';
import type { CodeFacts } from '../../store/record/facts.ts';
import type { Project } from '../request/project.ts';
import { CODE_MEMO } from '../../store/memo/memo-kinds.ts';
import type { Begins } from './begins.ts';
import { installedPackages } from './installed-packages.ts';
import { memoised, type WithFiles } from './memoised.ts';

/** A stage's code: the text that was hashed, and the file to execute. */
export interface StageCode extends CodeIdentity {
  readonly stage: string;
  readonly module: string;
  readonly exportName: string;
  /** See `StageBundle`. */
  readonly program: Digest;
  readonly executable: string;
  /** Whether it is proven that the code changes nothing that all code of a process shares. */
  readonly harmless: boolean;
}

interface CodeMemo extends WithFiles {
  readonly stages: readonly StageCode[];
  /** Other files of the cache that their executables import. */
  readonly imports: readonly string[];
}

/** @throws DefinitionError */
export async function loadStageCode(
  cache: Cache,
  project: Project,
  stages: readonly string[],
  begins: Begins = () => undefined,
  installed = installedPackages(cache),
): Promise<CodeMemo> {
  return memoised(
    cache,
    CODE_MEMO,
    [project.entry, stages],
    async () => {
      begins('bundling');
      const bundles = await bundleStages(project.entry, stages, installed);
      cache.record.code.add(bundles.stages.map((bundle) => codeFacts(bundle, bundles.root)));
      return {
        stages: bundles.stages.map((bundle) => codeOf(bundle, cache.directory)),
        imports: [...installed.given],
        files: listDependencies(cache.memos, bundles.files, bundles.witnesses, bundles.readSince),
      };
    },
    (memo) =>
      [...memo.stages.map(({ executable }) => executable), ...memo.imports].every((path) =>
        isIntactIn(cache.directory, path),
      ),
  );
}

function codeOf(bundle: StageBundle, cacheDirectory: string): StageCode {
  const { stage, digest, packages, module, exportName, program } = bundle;
  const { text, map, harmless } = bundle.factory;
  const executable = writeExecutable(cacheDirectory, text, map);
  return { stage, digest, packages, module, exportName, program, executable, harmless };
}

/**
 * @throws DefinitionError if a source no longer has the content that was bundled: the record would vouch for other code
 */
export function codeFacts(bundle: StageBundle, root: string): CodeFacts {
  return {
    digest: bundle.digest,
    stage: bundle.stage,
    module: bundle.module,
    exportName: bundle.exportName,
    bundle: Buffer.from(bundle.text),
    program: { digest: bundle.program, schema: SCHEMA },
    sources: bundle.files.map(({ path, sha256: bundled }) => {
      const content = readIfThere(join(root, path));
      if (content === undefined || sha256(content) !== bundled)
        throw new DefinitionError(`The file ${path} was changed while it was bundled; run again.`);
      return { path, content };
    }),
  };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
