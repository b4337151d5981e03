/**
 * Which pipeline a name belongs to. A pipeline is its name and its file: two pipelines in one cache never answer for
 * each other, whatever their nodes are called.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../query/readers.ts';
import type { PipelineId } from '../query/runs.ts';

export function isSamePipeline(a: PipelineId, b: PipelineId): boolean {
  return a.name === b.name && a.source === b.source;
}

/** The pipelines on record that a word names: by name, by file, or by the folder of the file. @throws UsageError */
export function pipelinesCalled(query: Readers, word: string): readonly PipelineId[] {
  const known = query.runs.pipelines();
  const clean = word.replace(/^\.\//, '').replace(/\/+$/, '');
  const found = known.filter(({ name, source }) => [name, source, folderOf(source)].includes(clean));
  if (found.length > 0) return found;
  const words = known.flatMap(({ name, source }) => [name, source, folderOf(source)]);
  throw new UsageError(
    `No pipeline on record is called ${word}${didYouMean(clean, words)}; ${
      known.length === 0
        ? 'the cache has no run yet.'
        : `the cache has runs of ${[...new Set(known.map(({ name, source }) => `${name} (${source})`))].join(', ')}.`
    }`,
  );
}

function folderOf(source: string): string {
  return source.replace(/\/(index|pipeline)\.[a-z]+$/, '');
}

/** The shortest word that names this pipeline and no other one on record. */
export function wordFor(query: Readers, pipeline: PipelineId): string {
  const known = query.runs.pipelines();
  const isAlone = (word: string, of: (each: PipelineId) => string): boolean =>
    known.filter((each) => of(each) === word).length === 1;
  if (isAlone(pipeline.name, ({ name }) => name)) return pipeline.name;
  const folder = folderOf(pipeline.source);
  return isAlone(folder, ({ source }) => folderOf(source)) ? folder : pipeline.source;
}

/**
 * Leaves out pipelines that no longer exist, unless none does: those whose file is gone, and those whose file holds a
 * pipeline of another name by now, as its latest run says.
 */
export function withoutGone<P extends PipelineId>(
  query: Readers,
  pipelines: readonly P[],
  isThere: (source: string) => boolean,
): readonly P[] {
  if (pipelines.length < 2) return pipelines;
  const nameNow = new Map<string, string>();
  for (const { name, source } of query.runs.pipelines()) if (!nameNow.has(source)) nameNow.set(source, name);
  const current = pipelines.filter(({ name, source }) => nameNow.get(source) === name && isThere(source));
  return current.length === 0 ? pipelines : current;
}
