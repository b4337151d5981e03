/**
 * From a pipeline's file to its graph and its stages' code.
 *
 * Three things are memoised: the bundled definition, the graph for given parameters, and the stages' bundles. Each counts
 * while the files that it was bundled from are as they were and imports still lead to them, and the graph while the
 * environment variables that `build` read are the same. A file that `build` reads is not noticed: by rule it reads none.
 * So a run in which nothing changed loads neither esbuild nor the pipeline.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { Override } from '../../core/authoring/override.ts';
import { type AnyPipeline, isPipeline } from '../../core/authoring/pipeline.ts';
import { isStage } from '../../core/authoring/stage.ts';
import { DefinitionError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { bundleDefinition, bundleStages } from '../../identity/code/bundle.ts';
import type { StageBundle } from '../../identity/code/bundle-types.ts';
import {
  type EnvironmentReads,
  isSameEnvironment,
  recordingReads,
} from '../../identity/environment/environment-reads.ts';
import { isIntact, writeExecutable } from '../../identity/code/executables.ts';
import { areUnchanged, type FileList, listFiles } from '../../identity/dependency-list.ts';
import type { CodeIdentity } from '../../identity/node-fields.ts';
import type { Project } from '../request/project.ts';
import { restageVersion } from '../../identity/environment/package-root.ts';
import { SCHEMA } from '../../identity/schema.ts';

/** A stage's code: what was hashed, and the file to execute. */
export interface StageCode extends CodeIdentity {
  readonly stage: string;
  readonly module: string;
  readonly exportName: string;
  readonly executable: string;
}

export interface Definition {
  readonly graph: Graph;
  readonly codes: ReadonlyMap<string, StageCode>;
  /** Every file that graph and codes rest on; undefined while one of them is being edited. */
  readonly files: FileList | undefined;
  /** Environment variables that the pipeline's own code read. */
  readonly env: EnvironmentReads;
}

/** @throws DefinitionError, ParamError */
export async function loadDefinition(
  cache: Cache,
  project: Project,
  overrides: readonly Override[],
  workingDirectory: string,
): Promise<Definition> {
  const { graph, files, env } = await loadGraph(cache, project, overrides, workingDirectory);
  const stages = [...new Set(graph.nodes.map((node) => node.stage))].sort();
  const code = await loadStageCode(cache, project, stages);
  return {
    graph,
    codes: new Map(code.stages.map((stage) => [stage.stage, stage])),
    files: files === undefined || code.files === undefined ? undefined : [...files, ...code.files],
    env,
  };
}

interface WithFiles {
  readonly files: FileList | undefined;
}

interface GraphMemo extends WithFiles {
  readonly graph: Graph;
  readonly env: EnvironmentReads;
}

/** The graph alone, without the stages' code. @throws DefinitionError, ParamError */
export async function loadGraph(
  cache: Cache,
  project: Project,
  overrides: readonly Override[],
  workingDirectory: string,
): Promise<GraphMemo> {
  return memoised(
    cache,
    'graph',
    [project.entry, overrides, workingDirectory],
    async () => {
      const { executable, files } = await bundled(cache, project);
      const imported = await importPipeline(executable, project);
      const place = { directory: dirname(project.entry), workingDirectory };
      // Parameters load zod, which a graph that is known can do without.
      const { instantiate } = await import('../../core/graph/instantiate.ts');
      const built = await recordingReads(() =>
        byAuthor(project, () => instantiate(imported.pipeline, overrides, place)),
      );
      return { graph: built.result.graph, files, env: [...imported.env, ...built.reads] };
    },
    ({ env }) => isSameEnvironment(env),
  );
}

interface BundleMemo extends WithFiles {
  readonly executable: string;
}

async function bundled(cache: Cache, project: Project): Promise<BundleMemo> {
  return memoised(
    cache,
    'definition',
    [project.entry],
    async (startedAt) => {
      const { text, map, files, resolved } = await bundleDefinition(project.entry);
      return {
        executable: writeExecutable(cache.directory, text, map),
        files: listFiles(cache.memos, withLockFile(project, files), resolved, startedAt),
      };
    },
    ({ executable }) => isIntact(executable),
  );
}

interface CodeMemo extends WithFiles {
  readonly stages: readonly StageCode[];
}

async function loadStageCode(cache: Cache, project: Project, stages: readonly string[]): Promise<CodeMemo> {
  return memoised(
    cache,
    'code',
    [project.entry, stages],
    async (startedAt) => {
      const bundles = await bundleStages(project.entry, stages);
      cache.record.code.add(bundles.stages.map((bundle) => codeFacts(bundle, bundles.root)));
      return {
        stages: bundles.stages.map(({ stage, digest, packages, module, exportName, executable, map }) => ({
          stage,
          digest,
          packages,
          module,
          exportName,
          executable: writeExecutable(cache.directory, executable, map),
        })),
        files: listFiles(cache.memos, withLockFile(project, bundles.files), bundles.resolved, startedAt),
      };
    },
    (memo) => memo.stages.every(({ executable }) => isIntact(executable)),
  );
}

/** @throws DefinitionError if a source is no longer what was bundled: the record would vouch for other code */
export function codeFacts(bundle: StageBundle, root: string) {
  return {
    digest: bundle.digest,
    stage: bundle.stage,
    module: bundle.module,
    exportName: bundle.exportName,
    bundle: Buffer.from(bundle.text),
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

interface Imported {
  readonly pipeline: AnyPipeline;
  /** What its modules read of the environment, which they do once. */
  readonly env: EnvironmentReads;
}

/** By executable: a process imports a module once, and builds what it exports for many parameters. */
const imported = new Map<string, Imported>();

async function importPipeline(executable: string, project: Project): Promise<Imported> {
  const known = imported.get(executable);
  if (known !== undefined && isSameEnvironment(known.env)) return known;
  const { href } = pathToFileURL(executable);
  // Under another name, Node evaluates it again.
  const url = known === undefined ? href : `${href}?${sha256(JSON.stringify(known.env))}`;
  const { result: pipeline, reads: env } = await recordingReads(() => evaluate(url, project));
  const fresh = { pipeline, env };
  imported.set(executable, fresh);
  return fresh;
}

async function evaluate(url: string, project: Project): Promise<AnyPipeline> {
  // So that the place of an error is one in the author's files.
  process.setSourceMapsEnabled(true);
  const module = (await import(url).catch((error: unknown) =>
    byAuthor(project, () => {
      throw error;
    }),
  )) as Readonly<Record<string, unknown>> & { readonly default?: unknown };
  if (!isPipeline(module.default)) throw new DefinitionError(noDefault(module, project));
  return module.default;
}

function noDefault(module: Readonly<Record<string, unknown>>, { source }: Project): string {
  const named = Object.keys(module).find((name) => name !== 'default' && isPipeline(module[name]));
  if (named !== undefined)
    return `${source} exports its pipeline as ${named}, and it has to be the default export; write "export default ${named};".`;
  const found =
    module['default'] === undefined ? '' : isStage(module['default']) ? ', but a stage' : ', but something else';
  return `${source} has no pipeline as its default export${found}; write "export default pipeline({...})".`;
}

/** Does what executes code of the pipeline's author; an error that is no sentence of ours is then the author's. */
function byAuthor<T>(project: Project, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'exitCode' in error) throw error;
    const what = error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0]!}` : inspect(error);
    const file = error instanceof Error ? /^\s+at .*?([^\s(]+:\d+):\d+\)?$/m.exec(error.stack ?? '')?.[1] : undefined;
    const place = file === undefined ? '' : ` (${file.replace(/^file:\/\//, '')})`;
    throw new DefinitionError(
      `The pipeline ${project.source} cannot be built, since its own code throws ${what}${place}.`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The graph for the pipeline's own parameters as it was last built, which may be out of date by now: for suggestions, where
 * an old answer is better than a late one. Runs nothing.
 */
export function rememberedGraph(cache: Cache, project: Project, workingDirectory: string): Graph | undefined {
  return stored<GraphMemo>(cache, memoKey('graph', [project.entry, [], workingDirectory]))?.graph;
}

function memoKey(kind: string, question: readonly unknown[]): Digest {
  return sha256(JSON.stringify([`${kind}/v3`, SCHEMA, restageVersion(), process.version, ...question]));
}

function stored<T>(cache: Cache, key: Digest): T | undefined {
  const packed = cache.memos.get(key);
  return packed === undefined ? undefined : (JSON.parse(inflateRawSync(packed).toString()) as T);
}

/** A memo of this restage, on this Node, that holds as long as its files do and `holds` says so. */
async function memoised<T extends WithFiles>(
  cache: Cache,
  kind: string,
  question: readonly unknown[],
  answer: (startedAt: number) => Promise<T>,
  holds: (memo: T) => boolean = () => true,
): Promise<T> {
  const key = memoKey(kind, question);
  const memo = stored<T>(cache, key);
  if (memo?.files !== undefined && areUnchanged(cache.memos, memo.files) && holds(memo)) return memo;
  const fresh = await answer(Date.now());
  // A graph says the same things of every node: packed, it takes a tenth of the room.
  if (fresh.files !== undefined) cache.memos.set(key, kind, deflateRawSync(JSON.stringify(fresh), { level: 1 }));
  return fresh;
}

function withLockFile(project: Project, files: readonly string[]): readonly string[] {
  const lockFile = join(project.root, 'package-lock.json');
  try {
    readFileSync(lockFile);
    return [...files, lockFile];
  } catch {
    return files;
  }
}
