/** What to say about a word that names nothing in the cache: what was probably meant, or that it has not run yet. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { parseReference, splitOutput } from '../../core/reference/reference.ts';
import { UsageError } from '../../errors.ts';
import { pipelinesAround } from '../../planning/request/project.ts';
import { resolveRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import { plural } from '../../ui/text/format.ts';
import type { Call } from '../arguments/verb.ts';
import { suggest } from '../output/suggest.ts';

/** The word is none of what the cache holds. */
export async function nothingCalled(cache: Cache, reference: string, call: Call): Promise<UsageError> {
  if (reference.trim() === '')
    return new UsageError('A name is empty; give a node, run:N, a tag, or at least the first 4 digits of a digest.');
  const word = parseReference(reference).name || reference;
  const output = splitOutput(word)?.output;
  const nodes = knownNodes(cache);
  const tags = cache.query.tags.list().map(({ tag }) => tag);
  const known = [...nodes, ...tags, ...(output === undefined ? [] : nodes.map((node) => `${node}.${output}`))];
  if (word.includes('/') && existsSync(resolve(call.io.cwd, word)))
    return new UsageError(
      `${word} is a pipeline, not something in the cache; name what you want of it after it, such as ${word} ${nodes[0] ?? 'score'}.`,
    );
  const meant = runNumbered(cache, word) ?? didYouMean(word, known);
  const missing = `Nothing in the cache ${cache.directory} is called ${word}${meant}; give a node, run:N, a tag, or at least the first 4 digits of a digest.`;
  return new UsageError(
    manyInstances(known, word) ?? resultCalled(cache, word) ?? (await notRunYet(cache, word, call)) ?? missing,
  );
}

const MOST_PIPELINES = 5;

/** Of a node that a pipeline nearby has, as its last run, plan or status saw it, and that no run has visited. */
async function notRunYet(cache: Cache, word: string, call: Call): Promise<string | undefined> {
  const owner = splitOutput(word)?.owner;
  const { rememberedGraph } = await import('../../planning/definition/load-graph.ts');
  for (const pipeline of pipelinesAround(call.io.cwd).slice(0, MOST_PIPELINES)) {
    const graph = rememberedGraph(cache, resolveRequest({ pipeline, workingDirectory: call.io.cwd }));
    const node = graph?.nodes.find(({ id }) => id === word || id === owner)?.id;
    if (node !== undefined) return `${node} has not run yet; run it with: ${suggest(call, 'run', pipeline, node)}`;
  }
  return undefined;
}

/** A plain number may be meant as a run. */
function runNumbered({ query }: Cache, word: string): string | undefined {
  return /^\d{1,15}$/.test(word) && query.runs.listed(Number(word)) !== undefined
    ? ` (did you mean "run:${word}"?)`
    : undefined;
}

/**
 * A run prints its results by the names that the pipeline gives them; references name the output. The latest run that
 * has the result's value is named.
 */
function resultCalled({ query }: Cache, word: string): string | undefined {
  for (const { id } of query.runs.list({ limit: SUGGESTED_FROM_RUNS })) {
    const result = query.runs.resultOutputs(id).find(({ name }) => name === word);
    if (result === undefined || result.artifact === null) continue;
    const output = `${result.node}.${result.output}`;
    return `${word} is a result of run ${id}, the output ${output}; write ${output}, or run:${id}/${output} for that of this run.`;
  }
  return undefined;
}

function manyInstances(known: readonly string[], word: string): string | undefined {
  const [first, ...others] = known.filter((name) => name.startsWith(`${word}@`));
  return first === undefined
    ? undefined
    : `${word} has ${plural(others.length + 1, 'instance')}; name one of them, such as ${first}.`;
}

const SUGGESTED_FROM_RUNS = 5;
const SUGGESTED_FROM_NODES = 10_000;

/** The nodes of the latest runs: what a mistyped name was probably meant to be. */
function knownNodes(cache: Cache): readonly string[] {
  const { query } = cache;
  const runs = query.runs.list({ limit: SUGGESTED_FROM_RUNS });
  return [...new Set(runs.flatMap(({ id }) => query.visits.nodes(id, SUGGESTED_FROM_NODES)))];
}
