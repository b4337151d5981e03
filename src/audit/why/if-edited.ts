/** What an edit of a source could run: the stages that reach it as they are today, and what takes from them. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import { prepare } from '../../planning/plan/prepared-run.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { importWay } from '../change/import-way.ts';
import { sourceTexts } from '../change/source-changes.ts';
import type { ImportWay } from './change.ts';
import { forecast, type Forecast } from './forecast.ts';
import { requestLike, workOf } from './why-now.ts';

export interface IfEdited {
  readonly kind: 'why-if-edited';
  /** Whose parameters count. */
  readonly before: RunRecord;
  /** Relative to the project. */
  readonly file: string;
  /** The file is that of the pipeline itself: an edit may change every node. */
  readonly isPipeline: boolean;
  readonly stages: readonly (ImportWay & { readonly nodes: readonly string[] })[];
  /** The nodes below them: they run if their inputs change. */
  readonly followers: readonly string[];
  readonly forecast: Forecast;
}

/** @param file relative to `directory`. @throws UsageError for a file that does not exist, RestageError */
export async function ifEdited(
  cache: Cache,
  before: RunRecord,
  root: string,
  file: string,
  directory: string,
): Promise<IfEdited> {
  const prepared = await prepare(cache, requestLike(cache, before, root));
  const { nodes } = prepared.definition.graph;
  const codes = [...prepared.definition.codes.values()].map(({ digest }) => cache.query.codes.get(digest)!);
  const known = new Set(codes.flatMap(({ sources }) => sources.map(({ path }) => path)));
  const path = pathOf(file, root, directory, known);
  const stages = codes.flatMap((code) => {
    if (!code.sources.some((source) => source.path === path)) return [];
    const texts = new Map([...sourceTexts(cache, code)].map(([name, text]) => [name, text ?? '']));
    const made = nodes.flatMap(({ id, stage }) => (stage === code.stage ? [id] : []));
    return [{ stage: code.stage, files: importWay(texts, code.module, path) ?? null, nodes: made }];
  });
  const direct = new Set(stages.flatMap((stage) => stage.nodes));
  const reached: boolean[] = [];
  for (const { id, inputs } of nodes)
    reached.push(direct.has(id) || inputs.some(({ from }) => 'node' in from && reached[from.node] === true));
  return {
    kind: 'why-if-edited',
    before,
    file: path,
    isPipeline: path === before.source,
    stages,
    followers: nodes.flatMap(({ id }, index) => (reached[index] === true && !direct.has(id) ? [id] : [])),
    forecast: forecast(
      cache,
      workOf(prepared, (node) => reached[node]!),
    ),
  };
}

function pathOf(file: string, root: string, directory: string, known: ReadonlySet<string>): string {
  const candidates = [relative(root, isAbsolute(file) ? file : join(directory, file)), file].map((path) =>
    path.replaceAll('\\', '/'),
  );
  const path = candidates.find((each) => known.has(each)) ?? candidates.find((each) => existsSync(join(root, each)));
  if (path !== undefined) return path;
  throw new UsageError(
    `There is no file ${file}${didYouMean(file, [...known])}; name a source of the pipeline, relative to the project.`,
  );
}
